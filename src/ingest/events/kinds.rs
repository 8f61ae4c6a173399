//! The types of events, as data: which thing each speaks of, and which of its moments the event itself is.

use crate::catalogue::{Entry, by_name};

/// A type of event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Its `type`.
    pub(crate) name: &'static str,
    /// The type of the graph that its `data` has the fields of.
    pub(super) noun: &'static str,
    /// The field that is the event's `time` where `data` does not give it.
    pub(super) moment: &'static str,
    /// A field with the word that it gets where `data` does not give it.
    pub(super) sets: Option<(&'static str, &'static str)>,
    /// What it says.
    pub(super) doc: &'static str,
}

const fn kind(name: &'static str, noun: &'static str, moment: &'static str, doc: &'static str) -> Kind {
    Kind { name, noun, moment, sets: None, doc }
}

/// Every type of event.
pub(crate) const KINDS: &[Kind] = &[
    kind(
        "weft.fact.observed",
        "PerformanceFact",
        "observedAt",
        "How something did on one day, as a whole: what it leaves out is not known. The latest observation counts.",
    ),
    kind(
        "weft.journey.observed",
        "JourneyFact",
        "observedAt",
        "How many went through a step of a journey on one day, as a whole. The latest observation counts.",
    ),
    kind("weft.change.decided", "Change", "decidedAt", "A change of the live experience was decided."),
    kind("weft.change.live", "Change", "liveAt", "A change is live."),
    kind("weft.handoff.entered", "Handoff", "enteredAt", "Work came into a team's queue."),
    kind("weft.handoff.started", "Handoff", "startedAt", "The team began on it."),
    kind("weft.handoff.exited", "Handoff", "exitedAt", "The team let go of it."),
    kind("weft.incident.opened", "Incident", "openedAt", "Something went wrong."),
    kind("weft.incident.closed", "Incident", "closedAt", "It is over."),
    kind("weft.insight.observed", "Insight", "observedAt", "Something was learnt."),
    Kind {
        sets: Some(("status", "ACTIVE")),
        ..kind("weft.delivery.started", "Delivery", "startTime", "A delivery began.")
    },
    Kind {
        sets: Some(("status", "ENDED")),
        ..kind("weft.delivery.stopped", "Delivery", "endTime", "A delivery ended.")
    },
    kind("weft.guardrail.found", "GuardrailFinding", "foundAt", "A guardrail was found broken."),
    kind("weft.guardrail.resolved", "GuardrailFinding", "resolvedAt", "It was put right."),
];

impl Kind {
    /// The type of event of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// What it speaks of.
    pub(super) fn entry(&self) -> Option<&'static Entry> {
        by_name(self.noun)
    }
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn every_type_speaks_of_a_moment_of_something() {
        for kind in KINDS {
            let entry = kind.entry().unwrap();
            assert!(entry.noun.field(kind.moment).is_some(), "{}", kind.name);
            assert!(kind.sets.is_none_or(|(field, _)| entry.noun.field(field).is_some()), "{}", kind.name);
        }
    }
}
