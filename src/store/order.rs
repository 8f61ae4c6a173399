//! The order of a list, and cursors into it that stay right while rows come and go: a cursor holds the
//! value that a row is ordered by and its id, so it marks a place and not a number.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::Value;
use uuid::Uuid;

use super::rows::{Cell, Rows};
use super::sql::Sql;
use crate::catalogue::{Entry, Holds, Kind};
use crate::error::{ClientError, Code};

/// What a list is ordered by; the id decides between equals. What is not known comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The place of the column in [`Entry::columns`]; 0 is the id.
    pub column: usize,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A place in an ordered list.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    value: Cell,
    id: Uuid,
}

impl Order {
    /// The order in which rows came.
    pub const BY_ID: Order = Order { column: 0, descending: false };

    /// The place of a row, as clients carry it.
    pub fn cursor(self, rows: &Rows, row: usize) -> String {
        let value = match rows.cell(row, self.column) {
            _ if self.column == 0 => serde_json::Value::Null,
            Cell::Null | Cell::Id(_) => serde_json::Value::Null,
            Cell::Int(number) | Cell::Time(number) => (*number).into(),
            Cell::Float(number) => (*number).into(),
            Cell::Bool(yes) => (*yes).into(),
            Cell::Text(text) | Cell::Date(text) => text.as_str().into(),
        };
        let mark = (self.mark(rows.entry), value, rows.id(row).simple().to_string());
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&mark).unwrap_or_default())
    }

    /// The place that a client's cursor marks in this order.
    pub fn read(self, entry: &Entry, text: &str) -> Result<Cursor, ClientError> {
        let unreadable = || {
            ClientError::new(
                Code::InvalidCursor,
                format!("{text:?} is not a cursor of this list; take one from an edge."),
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable())?;
        let (mark, value, id): (String, serde_json::Value, Uuid) =
            serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        if mark != self.mark(entry) {
            return Err(ClientError::new(
                Code::InvalidCursor,
                "The cursor belongs to another list or another order; use it with the field and the orderBy it came from.",
            ));
        }
        let value = self.cell(entry, value).ok_or_else(unreadable)?;
        Ok(Cursor { value, id })
    }

    /// What a cursor of this order carries, so that it is told from those of others. By id all lists are alike.
    fn mark(self, entry: &Entry) -> String {
        let direction = if self.descending { "-" } else { "+" };
        match self.column {
            0 => format!("id{direction}"),
            column => format!("{}.{}{direction}", entry.noun.table, entry.columns[column].name),
        }
    }

    fn cell(self, entry: &Entry, value: serde_json::Value) -> Option<Cell> {
        if value.is_null() {
            return Some(Cell::Null);
        }
        match entry.columns.get(self.column)?.holds {
            Holds::Value(Kind::Int | Kind::BigInt | Kind::Money) => value.as_i64().map(Cell::Int),
            Holds::Value(Kind::Time) => value.as_i64().map(Cell::Time),
            Holds::Value(Kind::Float) => value.as_f64().map(Cell::Float),
            Holds::Value(Kind::Text) => {
                value.as_str().filter(|text| !text.contains('\0')).map(|text| Cell::Text(text.to_owned()))
            }
            Holds::Value(Kind::Date) => value
                .as_str()
                .filter(|day| day.parse::<chrono::NaiveDate>().is_ok())
                .map(|day| Cell::Date(day.to_owned())),
            _ => None,
        }
    }

    /// Whether rows may lack the value.
    pub(super) fn nullable(self, entry: &Entry) -> bool {
        let place = self.column.checked_sub(1);
        place.and_then(|place| entry.noun.fields.get(place)).is_some_and(|field| !field.required)
    }

    /// Writes the `ORDER BY` list, from the front or from the back.
    pub(super) fn sorted(self, entry: &Entry, alias: &str, backward: bool) -> String {
        let direction = if self.descending != backward { "DESC" } else { "ASC" };
        if self.column == 0 {
            return format!("{alias}.id {direction}");
        }
        let name = &entry.columns[self.column].name;
        let unknown = match (self.nullable(entry), backward) {
            (false, _) => "",
            (true, false) => " NULLS LAST",
            (true, true) => " NULLS FIRST",
        };
        format!("{alias}.{name} {direction}{unknown}, {alias}.id {direction}")
    }

    /// Writes the condition that a row stands past `cursor`, seen from the front or from the back.
    pub(super) fn past(self, sql: &mut Sql, (entry, alias): (&Entry, &str), cursor: &Cursor, backward: bool) {
        let nullable = self.nullable(entry);
        let column = &entry.columns[self.column].name;
        // What is not known comes behind all that is.
        let other_part = match (cursor.is_known() || self.column == 0, backward) {
            (true, false) if nullable => format!(" OR {alias}.{column} IS NULL)"),
            (false, true) => format!(" OR {alias}.{column} IS NOT NULL)"),
            (false, false) => format!(" AND {alias}.{column} IS NULL)"),
            (true, _) => ")".to_owned(),
        };
        sql.push("(");
        self.past_in_part(sql, (entry, alias), cursor, backward);
        sql.push(&other_part);
    }

    /// The same among the rows whose value is known, where that of the cursor is, and else among the others.
    pub(super) fn past_in_part(
        self,
        sql: &mut Sql,
        (entry, alias): (&Entry, &str),
        cursor: &Cursor,
        backward: bool,
    ) {
        let sign = if self.descending != backward { "<" } else { ">" };
        match bound(&cursor.value).filter(|_| self.column != 0) {
            None => sql.push(&format!("{alias}.id {sign} ")).bind(cursor.id),
            Some(value) => {
                let column = &entry.columns[self.column].name;
                let (value, id) = (sql.hold(value), sql.hold(cursor.id));
                sql.push(&format!("({alias}.{column}, {alias}.id) {sign} ({value}, {id})"))
            }
        };
    }
}

impl Cursor {
    /// Whether the value that rows are ordered by is known at this place.
    pub(super) fn is_known(&self) -> bool {
        bound(&self.value).is_some()
    }

    /// A place that is marked by an id alone.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }
}

fn bound(cell: &Cell) -> Option<Value> {
    match cell {
        Cell::Null => None,
        Cell::Id(id) => Some(Value::from(*id)),
        Cell::Int(number) | Cell::Time(number) => Some(Value::from(*number)),
        Cell::Float(number) => Some(Value::from(*number)),
        Cell::Bool(yes) => Some(Value::from(*yes)),
        Cell::Text(text) => Some(Value::from(text.as_str())),
        Cell::Date(day) => day.parse::<chrono::NaiveDate>().ok().map(Value::from),
    }
}
