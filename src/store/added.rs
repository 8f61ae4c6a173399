//! Rows that are added up as they come, by their first cells: what a database that sorts rows to group them would take
//! longer for than for reading them.

use std::collections::HashMap;
use std::sync::Arc;

use super::rows::Cell;

/// How rows are told apart that are added up.
#[derive(Debug, Clone)]
pub struct By {
    /// By so many of their first cells.
    pub keys: usize,
    /// How many of their last cells say the same in every row, and are not added up.
    pub same: usize,
    /// Where these are days, the first is a day of a part of a time, and stands for the place of that part.
    pub parts: Option<Parts>,
}

/// The parts of a time, by the days that they begin on, as the store writes days.
#[derive(Debug, Clone)]
pub struct Parts(Arc<[String]>);

impl Parts {
    /// Parts that begin on these days, in their order.
    pub fn new(begins: impl Iterator<Item = String>) -> Self {
        Parts(begins.collect())
    }

    /// The place of the part that a day is in, which may be that of the day before; what lies outside is in the nearest.
    pub(super) fn place(&self, day: &str, before: usize) -> usize {
        let begun = |place: usize| self.0.get(place).is_some_and(|begins| begins.as_str() <= day);
        if begun(before) && !begun(before + 1) {
            return before;
        }
        self.0.partition_point(|begins| begins.as_str() <= day).saturating_sub(1)
    }
}

/// Sums by the first cells of rows.
#[derive(Debug)]
pub(super) struct Added {
    width: usize,
    /// Where the sums of a key begin.
    places: HashMap<Vec<u8>, usize>,
    /// The key of the row before, which most rows share, and where its sums begin.
    last: (Vec<u8>, usize),
    cells: Vec<Cell>,
}

impl Added {
    /// No rows of this width yet.
    pub(super) fn new(width: usize) -> Self {
        Added { width, places: HashMap::new(), last: (Vec::new(), usize::MAX), cells: Vec::new() }
    }

    /// Where the sums of a key begin; nothing for a key that is new, whose row is to be put in.
    pub(super) fn place(&mut self, key: &[u8]) -> Option<usize> {
        if self.last.1 != usize::MAX && self.last.0 == key {
            return Some(self.last.1);
        }
        let place = self.places.get(key).copied()?;
        self.remember(key, place);
        Some(place)
    }

    /// Puts in the first row of a key.
    pub(super) fn put(&mut self, key: &[u8], row: Vec<Cell>) {
        let place = self.cells.len();
        self.cells.extend(row);
        self.cells.resize(place + self.width, Cell::Null);
        self.places.insert(key.to_vec(), place);
        self.remember(key, place);
    }

    /// Adds to the sum in a column behind the keys; nothing where it is larger than 64 bits can tell.
    pub(super) fn add(&mut self, place: usize, column: usize, amount: i64) -> Option<()> {
        let cell = self.cells.get_mut(place + column)?;
        let sum = if let Cell::Int(sum) = cell { *sum } else { 0 };
        *cell = Cell::Int(sum.checked_add(amount)?);
        Some(())
    }

    /// The rows, in the order in which their keys first came.
    pub(super) fn into_cells(self) -> Vec<Cell> {
        self.cells
    }

    fn remember(&mut self, key: &[u8], place: usize) {
        self.last.0.clear();
        self.last.0.extend_from_slice(key);
        self.last.1 = place;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use sea_orm::{DbBackend, Statement};

    use super::{By, Parts};
    use crate::store::file::File;
    use crate::store::rows::Cell;
    use crate::store::sqlite::Reading;
    use crate::store::table::{Asked, DAY, NUMBER, TEXT};

    /// A day, a word or none, and a number or none.
    type Row = (u8, Option<char>, Option<i32>);

    fn day(day: u8) -> String {
        format!("2026-05-{day:02}")
    }

    fn statement(rows: &[Row]) -> Statement {
        let value = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        let rows: Vec<String> = rows
            .iter()
            .map(|(at, word, number)| {
                let word = value(word.map(|word| format!("'{word}'")));
                format!("('{}', {word}, {}, 7)", day(*at), value(number.map(|number| number.to_string())))
            })
            .collect();
        Statement::from_string(DbBackend::Sqlite, format!("VALUES {}", rows.join(", ")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn they_are_what_a_plain_loop_comes_to(
            rows in prop::collection::vec((1_u8..28, prop::option::of(prop::char::range('a', 'c')), prop::option::of(any::<i32>())), 1..60),
            begins in prop::collection::btree_set(1_u8..28, 1..6),
            long in any::<bool>(),
        ) {
            let mut plain = BTreeMap::<(usize, Option<char>), Option<i64>>::new();
            for (at, word, number) in &rows {
                let part = begins.iter().filter(|begins| *begins <= at).count().saturating_sub(1);
                let sum = plain.entry((part, *word)).or_default();
                *sum = number.map_or(*sum, |number| Some(sum.unwrap_or_default() + i64::from(number)));
            }
            let file = tempfile::NamedTempFile::new().expect("a file");
            let file = File::read(&File::address(file.path())).expect("an address");
            let statement = statement(&rows);
            let by = By { keys: 2, same: 1, parts: Some(Parts::new(begins.iter().map(|begins| day(*begins)))) };
            let holds = [DAY, TEXT, NUMBER, NUMBER];
            let asked = Asked { added: Some(&by), long, ..Asked::new(&statement, &holds) };
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let (_, table) = runtime.block_on(Reading::open(&file).expect("it opens").all(&asked));
            let table = table.expect("it is read");
            let read: BTreeMap<(usize, Option<char>), Option<i64>> = table.rows().map(|row| {
                let [Cell::Int(part), word, sum, Cell::Int(7)] = row else { panic!("{row:?}") };
                let word = if let Cell::Text(word) = word { word.chars().next() } else { None };
                let sum = if let Cell::Int(sum) = sum { Some(*sum) } else { None };
                ((usize::try_from(*part).expect("a place"), word), sum)
            }).collect();
            prop_assert_eq!(table.rows().count(), plain.len());
            prop_assert_eq!(read, plain);
        }
    }

    #[tokio::test]
    async fn a_sum_beyond_64_bits_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let file = File::read(&File::address(file.path())).expect("an address");
        let sql = format!("VALUES ('a', {}), ('a', 1)", i64::MAX);
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        let by = By { keys: 1, same: 0, parts: None };
        let holds = [TEXT, NUMBER];
        let asked = Asked { added: Some(&by), ..Asked::new(&statement, &holds) };
        let (_, table) = Reading::open(&file).expect("it opens").all(&asked).await;
        assert!(table.is_err());
    }
}
