//! The types of events, as data: which thing each speaks of, and which of its moments the event itself is. Ingest takes
//! them in, and measures look up here which of them would tell something of what they count.

use super::{Entry, by_name};

/// A type of event.
#[derive(Debug, PartialEq, Eq)]
pub struct EventType {
    /// Its `type`.
    pub name: &'static str,
    /// The type of the graph that its `data` has the fields of.
    pub noun: &'static str,
    /// The field that is the event's `time` where `data` does not give it.
    pub moment: &'static str,
    /// A field with the word that it gets where `data` does not give it.
    pub sets: Option<(&'static str, &'static str)>,
    /// What it says.
    pub doc: &'static str,
}

const fn kind(name: &'static str, noun: &'static str, moment: &'static str, doc: &'static str) -> EventType {
    EventType { name, noun, moment, sets: None, doc }
}

/// Every type of event.
pub const EVENT_TYPES: &[EventType] = &[
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
    EventType {
        sets: Some(("status", "ACTIVE")),
        ..kind("weft.delivery.started", "Delivery", "startTime", "A delivery began.")
    },
    EventType {
        sets: Some(("status", "ENDED")),
        ..kind("weft.delivery.stopped", "Delivery", "endTime", "A delivery ended.")
    },
    kind("weft.guardrail.found", "GuardrailFinding", "foundAt", "A guardrail was found broken."),
    kind("weft.guardrail.resolved", "GuardrailFinding", "resolvedAt", "It was put right."),
];

impl EventType {
    /// The type of event of this name.
    pub fn named(name: &str) -> Option<&'static EventType> {
        EVENT_TYPES.iter().find(|kind| kind.name == name)
    }

    /// What it speaks of.
    pub fn entry(&self) -> Option<&'static Entry> {
        by_name(self.noun)
    }

    /// The names of the types that speak of things of this noun.
    pub fn about(noun: &str) -> impl Iterator<Item = &'static str> {
        EVENT_TYPES.iter().filter(move |kind| kind.noun == noun).map(|kind| kind.name)
    }
}

#[cfg(test)]
mod tests {
    use super::EVENT_TYPES;

    #[test]
    fn every_type_speaks_of_a_moment_of_something() {
        for kind in EVENT_TYPES {
            let entry = kind.entry().unwrap();
            assert!(entry.noun.field(kind.moment).is_some(), "{}", kind.name);
            assert!(kind.sets.is_none_or(|(field, _)| entry.noun.field(field).is_some()), "{}", kind.name);
        }
    }
}
