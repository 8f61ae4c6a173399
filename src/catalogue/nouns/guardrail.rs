//! Guardrail: what a guardrail is in the graph, and which of its columns are fields.

use entity::guardrail::{Column, Entity};

use crate::catalogue::choices::SEVERITY;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        16,
        ("Guardrail", "guardrails"),
        "A brand or regulatory rule, written so that it can be checked.",
    )
    .text(Column::Name, "What the rule is called.")
    .searched(Weight::A)
    .text(Column::Description, "What it asks for, in words.")
    .searched(Weight::B)
    .text(Column::Expression, "The rule itself, as it is evaluated.")
    .choice(Column::Severity, &SEVERITY, "How bad it is to break it.")
}
