//! What the lines of a file gave, noun by noun, so that no statement is sent for what did not occur.

use super::layout::LAYOUT;
use super::line::Draft;
use super::value::Cell;

/// What was met.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// For each noun of the layout.
    pub(super) nouns: Vec<MetNoun>,
    /// Lines that were read, and lines that were taken.
    pub(super) read: u64,
    pub(super) taken: u64,
    /// How many lines stand before each file.
    pub(super) before: Vec<u64>,
}

/// What was met of one noun.
#[derive(Debug, Default, Clone)]
pub(super) struct MetNoun {
    pub(super) lines: u64,
    /// Lines that gave a key.
    pub(super) keyed: u64,
    /// The bits of all members that were given.
    pub(super) present: i64,
    /// The bits of all relations that were given by an id.
    pub(super) by_id: i64,
    /// Whether a line gave its id.
    pub(super) given: bool,
    /// Whether a line gave further identities.
    pub(super) identities: bool,
    /// Whether a relation to any type was given by a name without a source.
    pub(super) by_name: bool,
    /// Whether a line gave the history of a status.
    pub(super) dated: bool,
    /// Whether a line gave what a fact said before.
    pub(super) observed: bool,
    /// Whether a line gave a value without what it needs, and a list without what says its form.
    pub(super) apart: bool,
    pub(super) unformed: bool,
    /// Whether a line gave a number without its bound, or the other way round.
    pub(super) unbound: bool,
}

impl Met {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Met { nouns: vec![MetNoun::default(); LAYOUT.nouns.len()], read: 0, taken: 0, before: Vec::new() }
    }

    /// The file of a line that was counted over all files, and its number there.
    pub(super) fn place(&self, line: u64) -> (usize, u64) {
        let file = self.before.partition_point(|before| *before < line).saturating_sub(1);
        (file, line - self.before.get(file).copied().unwrap_or_default())
    }

    /// Counts a line that was taken.
    pub(super) fn take(&mut self, draft: &Draft, given: bool) {
        self.taken += 1;
        let Some(met) = self.nouns.get_mut(draft.noun.sheet) else { return };
        met.lines += 1;
        met.keyed += u64::from(draft.cells[5] != Cell::Null);
        met.present |= draft.present;
        met.by_id |= draft.by_id;
        met.given |= given;
        met.identities |= draft.rows.iter().any(|(sheet, _)| *sheet == LAYOUT.identities());
        met.by_name |= draft.by_name;
        met.observed |= draft.rows.iter().any(|(sheet, _)| draft.noun.past == Some(*sheet));
        met.apart |= draft.apart;
        met.unformed |= draft.unformed;
        met.unbound |= draft.unbound;
        met.dated |= draft.rows.iter().any(|(sheet, _)| *sheet == LAYOUT.statuses());
    }

    /// Whether any line gave the history of a status.
    pub(super) fn dated(&self) -> bool {
        self.nouns.iter().any(|noun| noun.dated)
    }

    /// Whether any line gave further identities.
    pub(super) fn identities(&self) -> bool {
        self.nouns.iter().any(|noun| noun.identities)
    }
}
