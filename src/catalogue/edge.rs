//! An edge: a relation seen from one noun, with all that reading it takes.

use heck::ToSnakeCase;

use super::noun::{Code, Noun};
use super::relation::{Held, Relation};

/// A relation as a field of one noun.
#[derive(Debug)]
pub struct Edge {
    /// The field's name.
    pub field: &'static str,
    /// What the field lists, for the person who queries.
    pub doc: String,
    /// What stands at the other end.
    pub target: Target,
    /// How the other end is found.
    pub way: Way,
    /// Whether the list comes whole, without pages.
    pub plain: bool,
    /// Whether the edge says from when and until when it holds.
    pub valid: bool,
    /// Whether this is the end that import writes.
    pub forward: bool,
    /// The relation this is a direction of.
    pub relation: &'static Relation,
}

/// What stands at the other end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One noun.
    Noun(Code),
    /// Any noun.
    Any,
}

/// How the other end of an edge is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// At most one: a column of the row itself holds its id.
    Own(String),
    /// At most one of any type: two columns of the row itself hold its noun's code and its id.
    OwnAny(String, String),
    /// Many: a column of the other end holds this row's id.
    Theirs(String),
    /// Many: a table of pairs.
    Pairs(Pairs),
    /// Many of any type: a table of pairs whose far end is a noun's code and an id.
    PairsOfAny(PairsOfAny),
}

/// A table of pairs as it is read from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairs {
    /// The table.
    pub table: &'static str,
    /// The column of this side.
    pub near: &'static str,
    /// The column of the other side.
    pub far: &'static str,
    /// Whether the table holds a pair at most once.
    pub unique: bool,
}

/// A table of pairs whose far end may be any noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairsOfAny {
    /// The table.
    pub table: &'static str,
    /// The column of this side.
    pub near: &'static str,
    /// The column of the noun's code.
    pub code: &'static str,
    /// The column of the id.
    pub far: &'static str,
}

impl Edge {
    /// Whether there is at most one at the other end.
    pub fn is_single(&self) -> bool {
        matches!(self.way, Way::Own(_) | Way::OwnAny(..))
    }
}

fn split(end: &'static str) -> (&'static str, &'static str) {
    end.split_once('.').unwrap_or((end, ""))
}

/// Every edge of `noun`, in the order of the relations.
pub(super) fn edges_of(noun: &Noun, nouns: &[Noun], relations: &'static [Relation]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for relation in relations {
        let (from, field) = split(relation.from);
        let (to, back) = split(relation.to);
        let starts_here = from == noun.name || (from == "*" && noun.tagged);
        if starts_here {
            edges.push(edge(noun, nouns, (relation, true), (field, to, relation.reason)));
        }
        if to == noun.name || to == "*" {
            edges.push(edge(noun, nouns, (relation, false), (back, from, relation.inverse)));
        }
    }
    edges
}

fn edge(
    noun: &Noun,
    nouns: &[Noun],
    (relation, forward): (&'static Relation, bool),
    (field, other, reason): (&'static str, &str, &str),
) -> Edge {
    let target = nouns.iter().find(|candidate| candidate.name == other);
    let way = way(relation, forward);
    let single = matches!(way, Way::Own(_) | Way::OwnAny(..));
    let what = match target {
        Some(target) if single => format!("The {}", target.label()),
        Some(target) => format!("The {}", target.plural.to_snake_case().replace('_', " ")),
        None if single => "The thing".to_owned(),
        None => "Everything".to_owned(),
    };
    Edge {
        field,
        doc: format!("{what} this {} {reason}.", noun.label()),
        target: target.map_or(Target::Any, |target| Target::Noun(target.code)),
        way,
        plain: relation.plain && !forward,
        valid: relation.valid,
        forward,
        relation,
    }
}

fn way(relation: &'static Relation, forward: bool) -> Way {
    let (_, field) = split(relation.from);
    let stem = field.to_snake_case();
    let pairs = |table, near, far, unique| {
        let (near, far) = if forward { (near, far) } else { (far, near) };
        Way::Pairs(Pairs { table, near, far, unique })
    };
    match relation.held {
        Held::Column if forward => Way::Own(format!("{stem}_id")),
        Held::AnyColumns if forward => Way::OwnAny(format!("{stem}_type"), format!("{stem}_id")),
        Held::Column | Held::AnyColumns => Way::Theirs(format!("{stem}_id")),
        Held::Table(table, near, far) => pairs(table, near, far, true),
        Held::Through(table, near, far) => pairs(table, near, far, false),
        Held::TableOfAny(table, near) if forward => {
            Way::PairsOfAny(PairsOfAny { table, near, code: "subject_type", far: "subject_id" })
        }
        Held::TableOfAny(table, near) => {
            Way::Pairs(Pairs { table, near: "subject_id", far: near, unique: true })
        }
        Held::Tags if forward => {
            Way::Pairs(Pairs { table: "concept_tag", near: "subject_id", far: "concept_id", unique: true })
        }
        Held::Tags => Way::PairsOfAny(PairsOfAny {
            table: "concept_tag",
            near: "concept_id",
            code: "subject_type",
            far: "subject_id",
        }),
        Held::Identities if forward => Way::PairsOfAny(PairsOfAny {
            table: "external_id",
            near: "source_id",
            code: "entity_type",
            far: "entity_id",
        }),
        Held::Identities => {
            Way::Pairs(Pairs { table: "external_id", near: "entity_id", far: "source_id", unique: false })
        }
    }
}
