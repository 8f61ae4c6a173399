//! What a relation is: two ends with a field on each, what it states, and the column or table that holds it.

/// A relation between nouns, once for both directions. Written as `Type.field`; `*` is any type.
#[derive(Debug)]
pub struct Relation {
    /// The end that holds or declares it, with its field, such as `Asset.brand`.
    pub from: &'static str,
    /// The other end, with its field, such as `Brand.assets`.
    pub to: &'static str,
    /// What it states from this end, such as `belongs to`.
    pub reason: &'static str,
    /// What it states from the other end, such as `owns`.
    pub inverse: &'static str,
    /// What holds it.
    pub held: Held,
    /// Whether the list at the other end is short enough to come whole, without pages.
    pub plain: bool,
    /// Whether each edge says from when and until when it holds.
    pub valid: bool,
}

/// What holds a relation.
#[derive(Debug, Clone, Copy)]
pub enum Held {
    /// A column of the first end, named after its field.
    Column,
    /// Two columns of the first end, a noun's code and an id, named after its field.
    AnyColumns,
    /// A table of pairs: its name, the column of the first end and that of the other.
    Table(&'static str, &'static str, &'static str),
    /// The same, but the table belongs to a noun and may hold a pair more than once.
    Through(&'static str, &'static str, &'static str),
    /// A table of pairs whose other end may be any noun.
    TableOfAny(&'static str, &'static str),
    /// The table of tags: concepts on any noun that takes them.
    Tags,
    /// The identity map, which is written with the entities and not by itself.
    Identities,
}

const fn relation(ends: [&'static str; 4], held: Held) -> Relation {
    let [from, to, reason, inverse] = ends;
    Relation { from, to, reason, inverse, held, plain: false, valid: false }
}

/// To one, by a column.
pub(super) const fn one(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
) -> Relation {
    relation([from, to, reason, inverse], Held::Column)
}

/// To one of any type, by two columns.
pub(super) const fn any(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
) -> Relation {
    relation([from, to, reason, inverse], Held::AnyColumns)
}

/// To many, by a table of pairs.
pub(super) const fn link(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
    (table, near, far): (&'static str, &'static str, &'static str),
) -> Relation {
    relation([from, to, reason, inverse], Held::Table(table, near, far))
}

/// To many, by two columns of a noun that stands between.
pub(super) const fn through(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
    (table, near, far): (&'static str, &'static str, &'static str),
) -> Relation {
    relation([from, to, reason, inverse], Held::Through(table, near, far))
}

/// To many of any type, by a table of pairs.
pub(super) const fn many_any(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
    (table, near): (&'static str, &'static str),
) -> Relation {
    relation([from, to, reason, inverse], Held::TableOfAny(table, near))
}

/// Concepts on every noun that takes them.
pub(super) const fn tags(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
) -> Relation {
    relation([from, to, reason, inverse], Held::Tags)
}

/// What a source feeds, by the identity map.
pub(super) const fn identities(
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    inverse: &'static str,
) -> Relation {
    relation([from, to, reason, inverse], Held::Identities)
}

impl Relation {
    /// The other end's list comes whole.
    pub(super) const fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Each edge carries its validity.
    pub(super) const fn valid(mut self) -> Self {
        self.valid = true;
        self
    }
}
