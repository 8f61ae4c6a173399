//! Incident: what an incident is in the graph, and which of its columns are fields.

use entity::incident::{Column, Entity};

use crate::catalogue::choices::INCIDENT_KIND;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 38, ("Incident", "incidents"), "An error or exception in the engine.")
        .remembered()
        .tagged()
        .text(Column::Title, "What happened, in a line.")
        .searched(Weight::A)
        .choice(Column::Kind, &INCIDENT_KIND, "What sort of trouble it was.")
        .text(Column::Description, "What happened, in full.")
        .searched(Weight::B)
        .time(Column::OpenedAt, "When it began.")
        .time(Column::ClosedAt, "When it was over; absent while it goes on.")
        .text(Column::System, "The system it happened in.")
}
