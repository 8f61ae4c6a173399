//! The shape of a table that only one import sees, and the seven that every import has beside those of the nouns.

use Type::{Big, Float, Id, Small, Text};

/// The kinds of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Small,
    Int,
    Big,
    Float,
    Bool,
    Text,
    Day,
    Id,
}

/// A table.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) table: String,
    pub(super) columns: Vec<(String, Type)>,
}

impl Sheet {
    /// A table of this name with these columns.
    pub(super) fn new(table: &str, columns: &[(&str, Type)]) -> Self {
        let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        Sheet { table: table.to_owned(), columns }
    }
}

/// What lines name beside themselves, in the order in which the layout numbers them: the pairs of relations to many,
/// which of these relations were given at all, further identities, sources, what was rejected, dated statuses, and events.
pub(super) fn lists() -> [Sheet; 7] {
    let line = ("line", Big);
    let given = [line, ("near", Small), ("relation", Small), ("forward", Small)];
    let named = [("type", Small), ("src", Small), ("key", Text), ("ref", Id)];
    let valid = [("valid_from", Big), ("valid_to", Big)];
    let named_elsewhere = [("type", Small), ("src", Small), ("value", Text), ("match_method", Text)];
    let sure = [("confidence", Float)];
    let mine = [("id", Id), ("fresh", Small)];
    [
        Sheet::new("in__links", &[&given[..], &named, &valid].concat()),
        Sheet::new("in__sets", &given),
        Sheet::new("in__identities", &[&[line][..], &named_elsewhere, &sure, &valid, &mine].concat()),
        Sheet::new(
            "in__sources",
            &[("src", Small), ("name", Text), ("id", Id), ("given", Id), ("fresh", Small)],
        ),
        Sheet::new(
            "in__rejected",
            &[
                line,
                ("type", Text),
                ("key", Text),
                ("reason", Text),
                ("round", Small),
                ("code", Small),
                ("id", Id),
                ("state", Small),
                ("src", Small),
                ("waits", Small),
            ],
        ),
        Sheet::new("in__statuses", &[line, ("near", Small), ("since", Big), ("status", Text)]),
        Sheet::new(
            "in__events",
            &[
                line,
                ("row_id", Id),
                ("source", Text),
                ("id", Text),
                ("type", Text),
                ("hash", Id),
                ("time", Big),
                ("happened_at", Big),
                ("thing", Text),
                ("body", Text),
                ("outcome", Text),
                ("reason", Text),
                ("wants_type", Small),
                ("wants_source", Text),
                ("wants_key", Text),
                ("place", Big),
            ],
        ),
    ]
}
