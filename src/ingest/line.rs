//! One line of a file: parsed and held against the catalogue, into rows of the staging tables or into a sentence
//! that says all that is wrong with it.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::dated::{agree, history};
use super::former::{measures, observations};
use super::identity::{identities, own_name};
use super::json::{Members, hint, members, shown};
use super::layout::{BY_NAME, HEAD, LAYOUT, LONGEST_INDEXED, List, NounSheet, Pointer, Slot};
use super::met::Met;
use super::needs::{at_most, needs};
use super::operands::operands;
use super::reference::{Name, Place, Reference, global, reference};
use super::sources::Sources;
use super::value::{Cell, bounded, text, value};
use crate::catalogue::{Identity, Kind, Target};

/// What is told of one line at most.
const PROBLEMS: usize = 8;

/// Why a line did not go in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The place of the file among the inputs.
    pub file: usize,
    /// Its line, counted from 1.
    pub line: u64,
    /// The type it gave, if any could be read.
    pub noun: Option<String>,
    /// The key it gave, if any could be read.
    pub key: Option<String>,
    /// What is wrong, in one sentence or several.
    pub reason: String,
}

/// Rows for the staging tables, each with the place of its table.
pub(super) type Rows = Vec<(usize, Vec<Cell>)>;

/// The parser of one import.
pub(super) struct Parser {
    pub(super) sources: Sources,
    pub(super) met: Met,
}

/// A line while it is being read.
pub(super) struct Draft {
    pub(super) noun: &'static NounSheet,
    pub(super) line: i64,
    pub(super) cells: Vec<Cell>,
    pub(super) present: i64,
    pub(super) problems: Vec<String>,
    pub(super) rows: Rows,
    /// Relations to one that are given by id, and whether one of any type is given by a name without a source.
    pub(super) by_id: i64,
    pub(super) by_name: bool,
    /// Whether a value is given without what it needs, and a list without what says its form, or the other way round.
    pub(super) apart: bool,
    pub(super) unformed: bool,
    /// Whether a number is given without its bound, or the other way round.
    pub(super) unbound: bool,
    /// What it leaves out is not known, rather than as it was.
    pub(super) whole: bool,
}

impl Draft {
    fn problem(&mut self, field: &str, expected: &str, raw: &RawValue) {
        self.problems.push(format!("`{}` takes {expected}, not {}", shown(field), shown(raw.get())));
    }

    /// Whether `bit` was not set yet; says so where it was.
    fn first(&mut self, field: &str, bit: i64) -> bool {
        if self.present & bit != 0 {
            self.problems.push(format!("`{field}` is given twice"));
            return false;
        }
        self.present |= bit;
        true
    }
}

impl Parser {
    /// A parser for an import whose keys belong to `source`.
    pub(super) fn new(source: &str) -> Self {
        Parser { sources: Sources::new(source), met: Met::new() }
    }

    /// Reads a line, counted over all files. `id` is the id it gets if it names something new.
    pub(super) fn parse(&mut self, line: u64, bytes: &[u8], id: Uuid) -> Result<Rows, Rejection> {
        let reject = |noun: Option<&str>, key: Option<String>, reason: String| Rejection {
            file: 0,
            line,
            noun: noun.map(|noun| shown(noun).into_owned()),
            key: key.map(|key| shown(&key).into_owned()),
            reason,
        };
        let json = std::str::from_utf8(bytes)
            .map_err(|error| reject(None, None, format!("byte {} is not UTF-8", error.valid_up_to() + 1)))?;
        let members = members(json).map_err(|reason| reject(None, None, reason))?;
        let member = |wanted: &str| members.0.iter().find(|(name, _)| name == wanted).map(|(_, raw)| *raw);
        let key = || member("key").and_then(|raw| text(raw).ok().or_else(|| Some(raw.get().to_owned())));
        let name = match member("type").map(text) {
            Some(Ok(name)) => name,
            Some(Err(_)) => return Err(reject(None, key(), "`type` takes the name of a type".to_owned())),
            None => return Err(reject(None, key(), "`type` is missing".to_owned())),
        };
        let names = || LAYOUT.nouns.iter().map(|noun| noun.entry.noun.name);
        let Some(noun) = LAYOUT.nouns.iter().find(|noun| noun.entry.noun.name == name) else {
            let reason = format!("there is no type {}{}", shown(&name), hint(&name, names()));
            return Err(reject(Some(&name), key(), reason));
        };
        let draft = begin(noun, line, id);
        self.of_noun(draft, &members, |_| {}).map_err(|reason| reject(Some(&name), key(), reason))
    }

    /// Reads the members of a line; answers its rows, that of the thing itself last, or all that is wrong with it.
    pub(super) fn of_noun(
        &mut self,
        mut draft: Draft,
        members: &Members<'_>,
        judge: impl FnOnce(&mut Draft),
    ) -> Result<Rows, String> {
        let noun = draft.noun;
        let given = self.fill(&mut draft, members);
        judge(&mut draft);
        if draft.problems.is_empty() {
            let own = noun.name_column().filter(|_| noun.entry.noun.name == "Source");
            let own = own.and(key_of(&draft.cells));
            self.sources.keep(given, own.as_deref());
            self.met.take(&draft, given.is_some());
            let Draft { cells, mut rows, .. } = draft;
            rows.push((noun.sheet, cells));
            return Ok(rows);
        }
        self.sources.forget();
        draft.problems.truncate(PROBLEMS);
        Err(draft.problems.join("; "))
    }

    /// Reads all members; answers the id that the line gives.
    fn fill(&mut self, draft: &mut Draft, members: &Members<'_>) -> Option<Uuid> {
        let noun = draft.noun;
        let (mut given, mut identity_bits) = (None, 0_u8);
        for (name, raw) in &members.0 {
            if draft.problems.len() > PROBLEMS {
                break;
            }
            let bit = match name.as_ref() {
                "type" => 1,
                "key" => 2,
                "id" => 4,
                "externalIds" => 8,
                "statuses" if noun.dated().is_some() => 16,
                "observations" if noun.past.is_some() => 32,
                _ => 0,
            };
            if bit != 0 {
                if identity_bits & bit != 0 {
                    draft.problems.push(format!("`{name}` is given twice"));
                }
                identity_bits |= bit;
            }
            match bit {
                0 => self.member(draft, name, raw),
                2 => self.key(draft, raw),
                4 => given = id_of(draft, raw).or(given),
                8 if !noun.has_key() => {
                    draft.problems.push(format!("a {} takes no `externalIds`", noun.entry.noun.name));
                }
                8 => identities(draft, raw, &mut self.sources),
                16 => history(draft, raw),
                32 => observations(draft, raw),
                _ => {}
            }
        }
        if draft.whole {
            draft.present |= measures(noun).fold(0, |bits, slot| bits | slot.bit);
        }
        agree(draft);
        at_most(draft);
        own_name(draft, &mut self.sources);
        operands(draft);
        needs(draft);
        self.complete(draft, given.is_some());
        if let Some(given) = given {
            draft.cells[1] = Cell::Id(given);
            draft.cells[3] = Cell::Small(1);
        }
        draft.cells[6] = Cell::Big(draft.present);
        given
    }

    fn key(&mut self, draft: &mut Draft, raw: &RawValue) {
        let noun = draft.noun;
        if !noun.has_key() {
            let label = noun.entry.noun.name;
            draft
                .problems
                .push(format!("a {label} has no `key`; it is known by its day and what it was measured on"));
            return;
        }
        let place = Place { target: Target::Noun(noun.code()), valid: false };
        match reference(raw, place, &mut self.sources) {
            Ok(Reference { name: Name::Key(source, key), .. }) => {
                draft.cells[4] = Cell::Small(source);
                draft.cells[5] = Cell::Text(key);
            }
            Ok(_) => draft.problem("key", "a key; an id stands under `id`", raw),
            Err(expected) => draft.problem("key", &expected, raw),
        }
    }

    fn member(&mut self, draft: &mut Draft, name: &str, raw: &RawValue) {
        let noun = draft.noun;
        match noun.members.get(name) {
            Some(Slot::Field(place)) => field(draft, *place, raw),
            Some(Slot::Pointer(place)) => self.pointer(draft, &noun.pointers[*place], raw),
            Some(Slot::List(place)) => self.list(draft, &noun.lists[*place], raw),
            Some(Slot::Refused(sentence)) => draft.problems.push(sentence.clone()),
            None => {
                let hint = hint(name, noun.members.keys().copied());
                let label = noun.entry.noun.name;
                draft.problems.push(format!("{label} has no field `{}`{hint}", shown(name)));
            }
        }
    }

    fn pointer(&mut self, draft: &mut Draft, pointer: &Pointer, raw: &RawValue) {
        if !draft.first(pointer.name, pointer.bit) {
            return;
        }
        if raw.get() == "null" {
            if pointer.required {
                draft.problems.push(format!("`{}` cannot be empty", pointer.name));
            }
            return;
        }
        match reference(raw, Place { target: pointer.target, valid: false }, &mut self.sources) {
            Ok(reference) => point(draft, pointer, reference),
            Err(expected) => draft.problem(pointer.name, &expected, raw),
        }
    }

    fn list(&mut self, draft: &mut Draft, list: &List, raw: &RawValue) {
        if !draft.first(list.name, list.bit) {
            return;
        }
        let near = draft.noun.code();
        let head = [
            Cell::Big(draft.line),
            Cell::Small(near),
            Cell::Small(list.relation),
            Cell::Small(i16::from(list.forward)),
        ];
        draft.rows.push((LAYOUT.sets(), head.to_vec()));
        let items: Vec<&RawValue> = match raw.get().as_bytes().first() {
            Some(b'n') => Vec::new(),
            Some(b'[') => serde_json::from_str(raw.get()).unwrap_or_default(),
            _ => vec![raw],
        };
        let place = Place { target: list.target, valid: list.valid };
        for item in items {
            let reference = match reference(item, place, &mut self.sources) {
                Ok(reference) => reference,
                Err(expected) => {
                    draft.problem(list.name, &format!("an array; each item is {expected}"), item);
                    return;
                }
            };
            let tagged = |code| LAYOUT.noun(code).is_some_and(|noun| noun.entry.edge("concepts").is_some());
            if list.name == "tagged" && !tagged(reference.code) {
                draft.problem(list.name, "things that can be tagged", item);
                return;
            }
            let (source, key, id) = named(draft, reference.name, list.bit);
            draft.by_name |= source == Cell::Small(BY_NAME);
            let mut row = head.to_vec();
            row.extend([Cell::Small(reference.code), source, key, id]);
            row.extend([reference.valid_from, reference.valid_to].map(|at| at.map_or(Cell::Null, Cell::Big)));
            draft.rows.push((LAYOUT.links(), row));
        }
    }

    /// Says what no line of this kind can be without, and sets what follows from the rest.
    fn complete(&mut self, draft: &mut Draft, given: bool) {
        let noun = draft.noun;
        let Identity::Dimensions(dimensions) = noun.entry.noun.identity else {
            if draft.cells[5] == Cell::Null && !given && draft.problems.is_empty() {
                draft.problems.push("`key` is missing".to_owned());
            }
            return;
        };
        for slot in &noun.fields {
            if slot.field.required && dimensions.contains(&slot.field.column) && draft.present & slot.bit == 0
            {
                draft.problems.push(format!("`{}` is missing", slot.field.name));
            }
        }
        for pointer in noun.pointers.iter().filter(|pointer| pointer.required) {
            if draft.present & pointer.bit == 0 {
                draft.present |= pointer.bit;
                let name = Name::Key(BY_NAME, {
                    let own = self.sources.own();
                    self.sources.name(own).to_owned()
                });
                let Target::Noun(code) = pointer.target else { continue };
                point(draft, pointer, Reference { code, name, valid_from: None, valid_to: None });
            }
        }
    }
}

pub(super) fn begin(noun: &'static NounSheet, line: u64, id: Uuid) -> Draft {
    let line = i64::try_from(line).unwrap_or(i64::MAX);
    let mut cells = vec![Cell::Null; LAYOUT.sheets[noun.sheet].columns.len()];
    let head =
        [Cell::Big(line), Cell::Id(id), Cell::Small(0), Cell::Small(0), Cell::Null, Cell::Null, Cell::Big(0)];
    debug_assert_eq!(head.len(), HEAD.len());
    cells.splice(..head.len(), head);
    Draft {
        noun,
        line,
        cells,
        present: 0,
        problems: Vec::new(),
        rows: Vec::new(),
        by_id: 0,
        by_name: false,
        apart: false,
        unformed: false,
        unbound: false,
        whole: false,
    }
}

/// The key of a staged row.
fn key_of(cells: &[Cell]) -> Option<String> {
    match cells.get(5) {
        Some(Cell::Text(key)) => Some(key.clone()),
        _ => None,
    }
}

fn id_of(draft: &mut Draft, raw: &RawValue) -> Option<Uuid> {
    let label = draft.noun.entry.noun.name;
    match text(raw).and_then(|id| global(&id)) {
        Ok((code, id)) if code == draft.noun.code() => return Some(id),
        Ok(_) => draft.problem("id", &format!("the id of a {label}"), raw),
        Err(expected) => draft.problem("id", &expected, raw),
    }
    None
}

fn field(draft: &mut Draft, place: usize, raw: &RawValue) {
    let slot = &draft.noun.fields[place];
    let name = slot.field.name.as_str();
    if !draft.first(name, slot.bit) {
        return;
    }
    draft.cells[slot.at] = match (raw.get(), slot.field.kind) {
        ("null", kind) if kind.is_list() => Cell::Text("[]".to_owned()),
        ("null", _) if slot.field.required => {
            draft.problems.push(format!("`{name}` cannot be empty"));
            return;
        }
        ("null", _) => Cell::Null,
        (_, kind) => match value(kind, raw).and_then(|cell| bounded((kind, slot.field.bound), cell)) {
            Ok(Cell::Text(text))
                if matches!(kind, Kind::Text) && slot.is_indexed() && text.len() > LONGEST_INDEXED =>
            {
                draft.problem(name, &format!("a text of at most {LONGEST_INDEXED} bytes"), raw);
                return;
            }
            Ok(cell) => cell,
            Err(expected) => {
                draft.problem(name, &expected, raw);
                return;
            }
        },
    };
}

fn point(draft: &mut Draft, pointer: &Pointer, reference: Reference) {
    let mut at = pointer.at;
    if pointer.code.is_some() {
        draft.cells[at] = Cell::Small(reference.code);
        at += 1;
    }
    let (source, key, id) = named(draft, reference.name, pointer.bit);
    draft.by_name |= pointer.code.is_some() && source == Cell::Small(BY_NAME);
    for (offset, cell) in [source, key, id].into_iter().enumerate() {
        draft.cells[at + offset] = cell;
    }
}

/// The three cells that hold a name.
fn named(draft: &mut Draft, name: Name, bit: i64) -> (Cell, Cell, Cell) {
    match name {
        Name::Key(source, key) => (Cell::Small(source), Cell::Text(key), Cell::Null),
        Name::Id(id) => {
            draft.by_id |= bit;
            (Cell::Null, Cell::Null, Cell::Id(id))
        }
    }
}
