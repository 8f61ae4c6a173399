//! WorkItem: what a work item is in the graph, and which of its columns are fields.

use entity::work_item::{Column, Entity};

use crate::catalogue::choices::WORK_ITEM_STATUS;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 35, ("WorkItem", "workItems"), "One piece of work in a production or review tool.")
        .tagged()
        .text(Column::Title, "What is to be done.")
        .searched(Weight::A)
        .choice(Column::Status, &WORK_ITEM_STATUS, "Where it stands.")
        .time(Column::OpenedAt, "When it was opened.")
        .time(Column::ClosedAt, "When it was closed; absent while it is open.")
}
