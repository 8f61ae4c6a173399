//! What the things that a KPI counts are narrowed down to, and how that stands in SQL: every value is bound.

use uuid::Uuid;

use super::dimension::{Counted, Dimension};
use crate::store::Sql;

/// What must hold of everything that is counted: all of its parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    parts: Vec<Part>,
}

/// A condition on one dimension.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    dimension: Dimension,
    values: Values,
    /// Whether everything else is meant, what has no value there included.
    outside: bool,
}

/// Values of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Things, each as what it is now if it was merged into another.
    Ids(Vec<Uuid>),
    /// Words.
    Texts(Vec<String>),
}

impl Filter {
    /// This and what has one of these values in a dimension.
    pub fn with(mut self, dimension: Dimension, values: Values) -> Self {
        self.parts.push(Part { dimension, values, outside: false });
        self
    }

    /// This and what has none of these values in a dimension, be it another or no value at all.
    pub fn without(mut self, dimension: Dimension, values: Values) -> Self {
        self.parts.push(Part { dimension, values, outside: true });
        self
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The dimensions that it has conditions on.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.parts.iter().map(|part| part.dimension)
    }

    /// Whether things in this dimension are chosen by name, so that what they are looked up by leads to few rows.
    pub fn chooses(&self, dimension: Dimension) -> bool {
        self.parts.iter().any(|part| part.dimension == dimension && !part.outside)
    }

    /// Its conditions on these dimensions alone.
    pub fn of_dimensions(&self, dimensions: &[Dimension]) -> Self {
        let parts = self.parts.iter().filter(|part| dimensions.contains(&part.dimension));
        Filter { parts: parts.cloned().collect() }
    }

    /// Its conditions on all dimensions but these.
    pub fn without_dimensions(&self, dimensions: &[Dimension]) -> Self {
        let parts = self.parts.iter().filter(|part| !dimensions.contains(&part.dimension));
        Filter { parts: parts.cloned().collect() }
    }

    /// The columns of the rows of `counted` at which its conditions begin.
    pub fn columns(&self, counted: Counted) -> Vec<&'static str> {
        self.parts.iter().flat_map(|part| counted.columns(part.dimension)).collect()
    }

    /// Writes it as conditions behind others, each with its `AND`, on the rows that `alias` stands for.
    pub fn write(&self, sql: &mut Sql, counted: Counted, alias: &str) {
        for part in &self.parts {
            if !counted.has(part.dimension) {
                // Nothing that is counted here has a value there; a value that is not looked at must not be bound.
                sql.push(if part.outside { "" } else { " AND FALSE" });
                continue;
            }
            let values = match &part.values {
                Values::Ids(ids) => sql.one_of_ids(ids),
                Values::Texts(texts) => sql.one_of_texts(texts),
            };
            let condition = counted.condition(sql, part.dimension, (alias, &values));
            let outside = if part.outside { " IS NOT TRUE" } else { "" };
            sql.push(&format!(" AND ({condition}){outside}"));
        }
    }
}
