//! The sources that an import meets: each name gets a small number, which stands for it in the staging tables.

use std::collections::HashMap;

use uuid::Uuid;

use super::value::{Cell, Expected};

/// The sources met so far, and the one that plain keys belong to: the first, unless each line says whose it is.
#[derive(Debug)]
pub(super) struct Sources {
    own: i16,
    numbers: HashMap<String, i16>,
    met: Vec<Met>,
    touched: Vec<i16>,
}

#[derive(Debug)]
struct Met {
    name: String,
    given: Option<Uuid>,
    used: bool,
}

impl Sources {
    /// Only the import's own source.
    pub(super) fn new(own: &str) -> Self {
        Sources {
            own: 0,
            numbers: HashMap::from([(own.to_owned(), 0)]),
            met: vec![Met { name: own.to_owned(), given: None, used: false }],
            touched: Vec::new(),
        }
    }

    /// The number of the source of this name.
    pub(super) fn number(&mut self, name: &str) -> Result<i16, Expected> {
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = i16::try_from(self.met.len())
                    .map_err(|_| Expected::from("one of at most 32767 sources in one import"))?;
                self.numbers.insert(name.to_owned(), number);
                self.met.push(Met { name: name.to_owned(), given: None, used: false });
                number
            }
        };
        self.touched.push(number);
        Ok(number)
    }

    /// The number of the source that plain keys belong to.
    pub(super) fn own(&mut self) -> i16 {
        let own = usize::try_from(self.own).ok().and_then(|own| self.met.get(own));
        if own.is_some_and(|own| !own.used) {
            self.touched.push(self.own);
        }
        self.own
    }

    /// Lets the plain keys of the next line belong to the source of this name.
    pub(super) fn speak_as(&mut self, name: &str) -> Result<(), Expected> {
        self.own = self.number(name)?;
        self.touched.clear();
        Ok(())
    }

    /// The name behind a number.
    pub(super) fn name(&self, number: i16) -> &str {
        let place = usize::try_from(number).unwrap_or_default();
        self.met.get(place).map_or("", |met| met.name.as_str())
    }

    /// The line is taken: what it named will be there, under `given` where the line said so.
    pub(super) fn keep(&mut self, given: Option<Uuid>, own: Option<&str>) {
        for number in self.touched.drain(..) {
            if let Some(met) = usize::try_from(number).ok().and_then(|place| self.met.get_mut(place)) {
                met.used = true;
                if own == Some(met.name.as_str()) {
                    met.given = met.given.or(given);
                }
            }
        }
    }

    /// The line is rejected: it names nothing.
    pub(super) fn forget(&mut self) {
        self.touched.clear();
    }

    /// The sources as rows of their staging table.
    pub(super) fn rows(&self, mut id: impl FnMut() -> Uuid) -> Vec<Vec<Cell>> {
        (0_i16..)
            .zip(&self.met)
            .filter(|(_, met)| met.used)
            .map(|(number, met)| {
                vec![
                    Cell::Small(number),
                    Cell::Text(met.name.clone()),
                    Cell::Id(id()),
                    met.given.map_or(Cell::Null, Cell::Id),
                    Cell::Small(1),
                ]
            })
            .collect()
    }
}
