//! Handoff: what a handoff is in the graph, and which of its columns are fields.

use entity::handoff::{Column, Entity};

use crate::catalogue::choices::HANDOFF_OUTCOME;
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 36, ("Handoff", "handoffs"), "Work passed from one team to another.")
        .remembered()
        .time(Column::EnteredAt, "When it came into the receiving team's queue.")
        .time(Column::StartedAt, "When that team began on it; absent while it waits.")
        .time(Column::ExitedAt, "When that team let go of it; absent while it is there.")
        .choice(Column::Outcome, &HANDOFF_OUTCOME, "How it left.")
}
