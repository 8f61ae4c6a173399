//! GuardrailFinding: what a guardrail finding is in the graph, and which of its columns are fields.

use entity::guardrail_finding::{Column, Entity};

use crate::catalogue::choices::SEVERITY;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 17, ("GuardrailFinding", "guardrailFindings"), "One place where a guardrail failed.")
        .remembered()
        .choice(Column::Severity, &SEVERITY, "How bad this one is.")
        .text(Column::Message, "What is wrong, in words.")
        .searched(Weight::B)
        .time(Column::FoundAt, "When it was found.")
        .time(Column::ResolvedAt, "When it was put right; absent while it is open.")
}
