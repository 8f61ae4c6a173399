//! What import stages, made from the catalogue: for each noun its table and columns, and what each member of a
//! line stands for. Parsing, staging and the statements all read it, so a new noun needs nothing here.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::former::past_sheet;
use super::needs::needs_of;
use super::sheet::{Sheet, Type, lists};
use crate::catalogue::{
    CATALOGUE, Code, Edge, Entry, Field, Held, Identity, Kind, Noun, RELATIONS, Relation, Target, Way, Weight,
};

/// A noun as it is staged.
#[derive(Debug)]
pub(super) struct NounSheet {
    pub(super) entry: &'static Entry,
    /// The place of its staging table in [`Layout::sheets`].
    pub(super) sheet: usize,
    /// Its fields, each with its bit in `present`.
    pub(super) fields: Vec<FieldSlot>,
    /// The pairs of fields of which the first says nothing without the second.
    pub(super) needs: Vec<(usize, usize)>,
    /// The place of the staging table of what it said before, where it is a fact.
    pub(super) past: Option<usize>,
    /// The field whose form another field decides.
    pub(super) formed: Option<usize>,
    /// Its relations to one.
    pub(super) pointers: Vec<Pointer>,
    /// Its relations to many that import writes.
    pub(super) lists: Vec<List>,
    /// What the members of a line stand for.
    pub(super) members: HashMap<&'static str, Slot>,
}

/// A field of a noun.
#[derive(Debug)]
pub(super) struct FieldSlot {
    pub(super) field: &'static Field,
    /// The place of its column in the staging table.
    pub(super) at: usize,
    pub(super) bit: i64,
}

/// A relation to one.
#[derive(Debug)]
pub(super) struct Pointer {
    pub(super) name: &'static str,
    pub(super) target: Target,
    /// The column of the noun's table, and that of the far noun's code where it may be any.
    pub(super) column: &'static str,
    pub(super) code: Option<&'static str>,
    /// What the staged columns begin with.
    pub(super) stem: String,
    /// The place of the first of its staged columns.
    pub(super) at: usize,
    pub(super) bit: i64,
    pub(super) required: bool,
}

/// A relation to many.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) target: Target,
    /// The place of the relation in [`RELATIONS`].
    pub(super) relation: i16,
    pub(super) forward: bool,
    pub(super) valid: bool,
    pub(super) bit: i64,
}

/// What a member of a line stands for.
#[derive(Debug)]
pub(super) enum Slot {
    /// A field, by its place in [`NounSheet::fields`].
    Field(usize),
    /// A relation to one, by its place in [`NounSheet::pointers`].
    Pointer(usize),
    /// A relation to many, by its place in [`NounSheet::lists`].
    List(usize),
    /// A field of the graph that is written elsewhere; the sentence says where.
    Refused(String),
}

/// All staging tables.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) nouns: Vec<NounSheet>,
    /// First one for each noun, then the seven below, then one for the past of each noun of facts.
    pub(super) sheets: Vec<Sheet>,
    /// The nouns' places, each after all it points to.
    pub(super) order: Vec<usize>,
}

/// The columns that every noun's staging table begins with.
pub(super) const HEAD: [(&str, Type); 7] = [
    ("line", Type::Big),
    ("id", Type::Id),
    ("state", Type::Small),
    ("given", Type::Small),
    ("src", Type::Small),
    ("key", Type::Text),
    ("present", Type::Big),
];

/// The source number of a reference by a name that needs no source.
pub(super) const BY_NAME: i16 = -1;

/// The longest text, in bytes, that the store's indexes on both databases take.
pub(super) const LONGEST_INDEXED: usize = 2_000;

/// Text columns that have an index though `search` does not weigh them most.
const INDEXED: [&str; 8] =
    ["name", "checksum", "notation", "sku", "territory", "language", "key", "currency"];

pub(super) static LAYOUT: LazyLock<Layout> = LazyLock::new(layout);

impl Layout {
    pub(super) fn links(&self) -> usize {
        self.nouns.len()
    }

    pub(super) fn sets(&self) -> usize {
        self.nouns.len() + 1
    }

    pub(super) fn identities(&self) -> usize {
        self.nouns.len() + 2
    }

    pub(super) fn sources(&self) -> usize {
        self.nouns.len() + 3
    }

    pub(super) fn rejected(&self) -> usize {
        self.nouns.len() + 4
    }

    pub(super) fn statuses(&self) -> usize {
        self.nouns.len() + 5
    }

    pub(super) fn events(&self) -> usize {
        self.nouns.len() + 6
    }

    /// The noun with this code.
    pub(super) fn noun(&self, code: Code) -> Option<&NounSheet> {
        self.nouns.iter().find(|noun| noun.entry.noun.code == code)
    }
}

impl NounSheet {
    pub(super) fn code(&self) -> Code {
        self.entry.noun.code
    }

    /// The table in the store.
    pub(super) fn table(&self) -> &'static str {
        self.entry.noun.table
    }

    /// The columns that make two facts the same, none for other nouns.
    pub(super) fn dimensions(&self) -> &'static [&'static str] {
        match self.entry.noun.identity {
            Identity::Dimensions(columns) => columns,
            Identity::Key | Identity::Name(_) => &[],
        }
    }

    /// Its status, where each change of it is dated.
    pub(super) fn dated(&self) -> Option<&FieldSlot> {
        let status = || self.fields.iter().find(|slot| slot.field.column == "status");
        is_dated(&self.entry.noun).then(status).flatten()
    }

    /// Whether lines of it carry a key.
    pub(super) fn has_key(&self) -> bool {
        self.dimensions().is_empty()
    }

    /// The column it is named by whatever the source, if any.
    pub(super) fn name_column(&self) -> Option<&'static str> {
        match self.entry.noun.identity {
            Identity::Name(column) => Some(column),
            Identity::Key | Identity::Dimensions(_) => None,
        }
    }

    /// Whether `search` looks at it.
    pub(super) fn is_searched(&self) -> bool {
        self.fields.iter().any(|slot| slot.field.searched.is_some())
    }
}

impl FieldSlot {
    /// Whether the store keeps an index over it, which bounds its length.
    pub(super) fn is_indexed(&self) -> bool {
        self.field.searched == Some(Weight::A) || INDEXED.contains(&self.field.column)
    }
}

/// The staged type of a field.
fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Text | Kind::Texts | Kind::Choice(_) | Kind::Choices(_) => Type::Text,
        Kind::Int => Type::Int,
        Kind::BigInt | Kind::Time | Kind::Money => Type::Big,
        Kind::Float => Type::Float,
        Kind::Bool => Type::Bool,
        Kind::Date => Type::Day,
    }
}

fn layout() -> Layout {
    let (mut nouns, mut sheets): (Vec<NounSheet>, Vec<Sheet>) = CATALOGUE.iter().map(noun_sheet).unzip();
    sheets.extend(lists());
    for noun in nouns.iter_mut().filter(|noun| !noun.has_key()) {
        noun.past = Some(sheets.len());
        sheets.push(past_sheet(noun, &sheets[noun.sheet]));
    }
    let order = in_order(&nouns);
    Layout { nouns, sheets, order }
}

fn noun_sheet(entry: &'static Entry) -> (NounSheet, Sheet) {
    let mut columns: Vec<(String, Type)> =
        HEAD.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let mut members = HashMap::new();
    let mut bits = (0..63).map(|place| 1_i64 << place);
    let mut bit = || bits.next().unwrap_or_default();
    let mut fields = Vec::new();
    for field in &entry.noun.fields {
        members.insert(field.name.as_str(), Slot::Field(fields.len()));
        fields.push(FieldSlot { field, at: columns.len(), bit: bit() });
        columns.push((format!("f_{}", field.column), type_of(field.kind)));
    }
    let (mut pointers, mut lists) = (Vec::new(), Vec::new());
    for edge in &entry.edges {
        let slot = match (&edge.way, refusal(entry, edge)) {
            (Way::Own(id), _) => one(edge, (id, None), bit(), &mut pointers, &mut columns),
            (Way::OwnAny(code, id), _) => one(edge, (id, Some(code)), bit(), &mut pointers, &mut columns),
            (_, Some(sentence)) => Slot::Refused(sentence),
            (_, None) => {
                lists.push(List {
                    name: edge.field,
                    target: edge.target,
                    relation: place_of(edge.relation),
                    forward: edge.forward,
                    valid: edge.valid,
                    bit: bit(),
                });
                Slot::List(lists.len() - 1)
            }
        };
        members.insert(edge.field, slot);
    }
    if let Identity::Dimensions(dimensions) = entry.noun.identity {
        for pointer in &mut pointers {
            pointer.required = pointer.column == "source_id" && dimensions.contains(&"source_id");
        }
    }
    let sheet = Sheet { table: format!("in_{}", entry.noun.table), columns };
    let place = usize::try_from(entry.noun.code).unwrap_or(1).saturating_sub(1);
    let (needs, formed) = (needs_of(&fields), fields.iter().position(|slot| slot.field.forms.is_some()));
    (NounSheet { entry, sheet: place, fields, needs, past: None, formed, pointers, lists, members }, sheet)
}

fn one(
    edge: &'static Edge,
    (column, code): (&'static String, Option<&'static String>),
    bit: i64,
    pointers: &mut Vec<Pointer>,
    columns: &mut Vec<(String, Type)>,
) -> Slot {
    let stem = format!("p_{column}");
    let at = columns.len();
    if code.is_some() {
        columns.push((format!("{stem}_t"), Type::Small));
    }
    for (end, kind) in [("s", Type::Small), ("k", Type::Text), ("i", Type::Id)] {
        columns.push((format!("{stem}_{end}"), kind));
    }
    let code = code.map(String::as_str);
    pointers.push(Pointer {
        name: edge.field,
        target: edge.target,
        column,
        code,
        stem,
        at,
        bit,
        required: false,
    });
    Slot::Pointer(pointers.len() - 1)
}

fn place_of(relation: &'static Relation) -> i16 {
    let place =
        RELATIONS.iter().position(|candidate| candidate.from == relation.from && candidate.to == relation.to);
    place.and_then(|place| i16::try_from(place).ok()).unwrap_or_default()
}

/// Why a line cannot give this edge, and what gives it.
fn refusal(entry: &Entry, edge: &Edge) -> Option<String> {
    let here = format!("{}.{}", entry.noun.name, edge.field);
    match edge.relation.held {
        Held::Column | Held::AnyColumns => {
            Some(format!("{here} is written from the other side: {}", edge.relation.from))
        }
        Held::Through(table, near, far) => {
            let noun = CATALOGUE_NAMES.get(table).copied().unwrap_or(table);
            let field = |column: &str| column.trim_end_matches("_id").to_owned();
            Some(format!(
                "{here} follows from what stands between: {noun}.{} and {noun}.{}",
                field(near),
                field(far)
            ))
        }
        Held::Identities => Some(format!("{here} follows from `key` and `externalIds`")),
        Held::Table(..) | Held::TableOfAny(..) | Held::Tags => None,
    }
}

/// Type names by table, for sentences.
static CATALOGUE_NAMES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| CATALOGUE.iter().map(|entry| (entry.noun.table, entry.noun.name)).collect());

/// The nouns' places so that each comes after all it points to; a noun may point to itself.
fn in_order(nouns: &[NounSheet]) -> Vec<usize> {
    fn visit(place: usize, nouns: &[NounSheet], seen: &mut Vec<bool>, order: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[place], true) {
            return;
        }
        for pointer in &nouns[place].pointers {
            if let Target::Noun(code) = pointer.target
                && let Some(far) = nouns.iter().position(|noun| noun.code() == code)
            {
                visit(far, nouns, seen, order);
            }
        }
        order.push(place);
    }
    let mut order = Vec::with_capacity(nouns.len());
    let mut seen = vec![false; nouns.len()];
    for place in 0..nouns.len() {
        visit(place, nouns, &mut seen, &mut order);
    }
    order
}

/// Whether each change of a noun's status is dated.
pub fn is_dated(noun: &Noun) -> bool {
    matches!(noun.name, "Usage" | "Delivery")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_a_bit_of_its_own() {
        for noun in &LAYOUT.nouns {
            let bits: Vec<i64> = noun
                .fields
                .iter()
                .map(|field| field.bit)
                .chain(noun.pointers.iter().map(|pointer| pointer.bit))
                .chain(noun.lists.iter().map(|list| list.bit))
                .collect();
            assert_eq!(bits.iter().fold(0, |all, bit| all | bit).count_ones() as usize, bits.len());
            assert!(bits.iter().all(|bit| *bit > 0), "{} has too many members", noun.entry.noun.name);
            assert_eq!(LAYOUT.sheets[noun.sheet].table, format!("in_{}", noun.table()));
        }
    }

    #[test]
    fn a_noun_comes_after_all_it_points_to() {
        for (step, place) in LAYOUT.order.iter().enumerate() {
            for pointer in &LAYOUT.nouns[*place].pointers {
                if let Target::Noun(code) = pointer.target {
                    let before = &LAYOUT.order[..=step];
                    assert!(before.iter().any(|place| LAYOUT.nouns[*place].code() == code));
                }
            }
        }
    }
}
