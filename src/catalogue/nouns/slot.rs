//! Slot: what a slot is in the graph, and which of its columns are fields.

use entity::slot::{Column, Entity};

use crate::catalogue::choices::{COMPONENT_KIND, SLOT_KIND};
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 7, ("Slot", "slots"), "One place in a template that content goes into.")
        .text(Column::Name, "What the slot is called within its template.")
        .choice(Column::Kind, &SLOT_KIND, "Whether what stands here is fixed or chosen when it is shown.")
        .choices(
            Column::Accepts,
            &COMPONENT_KIND,
            "The kinds of component that fit here; empty where nobody said.",
        )
        .int(Column::Position, "Its place in the template, counted from 1.")
        .at_least(1)
}
