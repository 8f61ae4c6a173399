//! The graph as data: every noun, every relation, every closed list of words, each once.
//! The schema, the reading of the store, import, export and search are all made from it.

pub mod bound;
pub mod choice;
pub mod choices;
pub mod edge;
pub mod events;
pub mod noun;
mod nouns;
pub mod relation;
mod relations;
pub mod summed;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use bound::{Bound, Form, Forms};
pub use choice::Choice;
pub use edge::{Edge, Pairs, PairsOfAny, Target, Way};
pub use events::{EVENT_TYPES, EventType};
pub use noun::{Code, Field, Identity, Kind, Noun, Weight};
pub use relation::{Held, Relation};
pub use relations::RELATIONS;
pub use summed::{Rollup, SUMMED, Summed};

/// A noun with all that hangs on it: its edges and the columns that reading it can take.
#[derive(Debug)]
pub struct Entry {
    /// What the noun is.
    pub noun: Noun,
    /// Its edges.
    pub edges: Vec<Edge>,
    /// Its columns: `id` first, then the fields, then what its edges need.
    pub columns: Vec<Column>,
    members: HashMap<String, Member>,
}

/// A column of a noun's table.
#[derive(Debug)]
pub struct Column {
    /// Its name in the store.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// An id.
    Id,
    /// A noun's code.
    Code,
    /// A field's value.
    Value(Kind),
}

/// What a field name of a noun stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The global id.
    Id,
    /// The identity map.
    ExternalIds,
    /// What sources disagree on.
    Conflicts,
    /// A column, by its place in [`Entry::columns`].
    Column(usize),
    /// An edge, by its place in [`Entry::edges`].
    Edge(usize),
}

impl Entry {
    /// What `field` stands for.
    pub fn member(&self, field: &str) -> Option<Member> {
        self.members.get(field).copied()
    }

    /// The place of a column, by its name in the store.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The edge of this field.
    pub fn edge(&self, field: &str) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.field == field)
    }
}

/// Every noun with its edges, in the order of its code.
pub static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let nouns = nouns::all();
    let edges: Vec<Vec<Edge>> = nouns.iter().map(|noun| edge::edges_of(noun, &nouns, RELATIONS)).collect();
    nouns.into_iter().zip(edges).map(|(noun, edges)| entry(noun, edges)).collect()
});

/// The noun with this code.
pub fn by_code(code: Code) -> Option<&'static Entry> {
    let place = usize::try_from(code).ok()?.checked_sub(1)?;
    CATALOGUE.get(place)
}

/// The noun with this type name.
pub fn by_name(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.noun.name == name)
}

fn entry(noun: Noun, edges: Vec<Edge>) -> Entry {
    let column = |name: &str, holds| Column { name: name.to_owned(), holds };
    let mut columns = vec![column("id", Holds::Id)];
    let mut members = HashMap::from([
        ("id", Member::Id),
        ("externalIds", Member::ExternalIds),
        ("conflicts", Member::Conflicts),
    ])
    .into_iter()
    .map(|(name, member)| (name.to_owned(), member))
    .collect::<HashMap<_, _>>();
    for field in &noun.fields {
        members.insert(field.name.clone(), Member::Column(columns.len()));
        columns.push(column(field.column, Holds::Value(field.kind)));
    }
    for (place, edge) in edges.iter().enumerate() {
        members.insert(edge.field.to_owned(), Member::Edge(place));
        match &edge.way {
            Way::Own(id) => columns.push(column(id, Holds::Id)),
            Way::OwnAny(code, id) => {
                columns.push(column(code, Holds::Code));
                columns.push(column(id, Holds::Id));
            }
            Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => {}
        }
    }
    Entry { noun, edges, columns, members }
}
