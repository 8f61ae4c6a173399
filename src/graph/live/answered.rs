//! What the sources said of one thing: which of its operations found it, do not know it, or failed.

use serde_json::Value as Json;

use super::gather::{Gathered, Target, Tie};
use super::plan::{TiedNode, TiedWhat};
use crate::clock::Micros;
use crate::error::{ClientError, Code};
use crate::outbound::Failure;
use crate::upstream::port::Purpose;
use crate::upstream::{Found, Record, Told};

/// What an operation said of one thing.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    Found(&'a Found),
    Unknown(Told),
    Failed(&'a Failure),
}

/// What was said of one thing.
pub(super) struct Answered<'a> {
    gathered: &'a Gathered,
    pub(super) tie: &'a Tie,
    target: &'a Target,
    said: Vec<(Purpose, Said<'a>)>,
}

impl<'a> Answered<'a> {
    pub(super) fn new(gathered: &'a Gathered, tie: &'a Tie, target: &'a Target) -> Self {
        let said = tie.calls.iter().filter_map(|(purpose, place)| {
            let call = gathered.calls.get(*place)?;
            let said = match call.fetched.get(&target.key) {
                Some(Ok(found)) => Said::Found(found),
                Some(Err(failure)) => Said::Failed(failure),
                None => Said::Unknown(*call.unknown.get(&target.key)?),
            };
            Some((*purpose, said))
        });
        Answered { gathered, tie, target, said: said.collect() }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Purpose, Said<'a>)> {
        self.said.iter().copied()
    }

    pub(super) fn said(&self, purpose: Purpose) -> Option<Said<'a>> {
        self.all().find_map(|(of, said)| (of == purpose).then_some(said))
    }

    /// What was said of the values that are put together in a group; they come from one operation.
    pub(super) fn of_group(&self, nodes: &[TiedNode]) -> Option<Said<'a>> {
        let purpose = nodes.iter().find_map(|node| match node.what {
            TiedWhat::Value(purpose, ..) => Some(purpose),
            _ => None,
        });
        self.said(purpose?)
    }

    pub(super) fn decision(&self, place: usize) -> Option<&'a Result<Option<Found>, Failure>> {
        let place = self.target.decisions.get(place)?;
        self.gathered.decisions.get(*place).map(|decision| &decision.outcome)
    }

    pub(super) fn decisions(&self) -> impl Iterator<Item = &'a Result<Option<Found>, Failure>> {
        (0..self.target.decisions.len()).filter_map(|place| self.decision(place))
    }

    /// When the source was asked: the earliest moment where several calls were needed.
    pub(super) fn fetched_at(&self) -> Option<Micros> {
        let found = self.all().filter_map(|(_, said)| match said {
            Said::Found(found) => Some(found.fetched_at),
            Said::Unknown(_) | Said::Failed(_) => None,
        });
        let decided =
            self.decisions().filter_map(|outcome| Some(outcome.as_ref().ok()?.as_ref()?.fetched_at));
        found.chain(decided).min()
    }

    pub(super) fn failure(&self) -> Option<&'a Failure> {
        let failed = self.all().find_map(|(_, said)| match said {
            Said::Failed(failure) => Some(failure),
            Said::Found(_) | Said::Unknown(_) => None,
        });
        failed.or_else(|| self.decisions().find_map(|outcome| outcome.as_ref().err()))
    }

    /// Whether the source was asked and does not know the thing.
    pub(super) fn unknown(&self) -> bool {
        let mut said = self.all().map(|(_, said)| matches!(said, Said::Unknown(_)));
        let decided = self.decisions().map(|outcome| matches!(outcome, Ok(None)));
        let asked = !self.tie.calls.is_empty() || !self.target.decisions.is_empty();
        asked && said.all(|unknown| unknown) && decided.into_iter().all(|unknown| unknown)
    }
}

/// What a source says in a good answer about a decision that it could not come to.
pub(super) fn refusal(source: &str, record: &Record) -> Option<ClientError> {
    let reason = match record.fields.get("error")? {
        Json::Null => return None,
        Json::String(word) => word.clone(),
        other => other.to_string(),
    };
    // A code is passed on; anything longer may hold what is nobody's business.
    let plain = reason.len() <= 64 && reason.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let told = if plain { format!(": {reason}") } else { String::new() };
    let message = format!("The source `{source}` could not decide for this context{told}.");
    Some(ClientError::new(Code::UpstreamInvalid, message))
}
