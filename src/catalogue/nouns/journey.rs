//! Journey: what a journey is in the graph, and which of its columns are fields.

use entity::journey::{Column, Entity};

use crate::catalogue::choices::JOURNEY_STATUS;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        22,
        ("Journey", "journeys"),
        "A path through ordered steps that customers are led along.",
    )
    .tagged()
    .text(Column::Name, "What the journey is called.")
    .searched(Weight::A)
    .text(Column::Description, "What it is for.")
    .searched(Weight::B)
    .choice(Column::Status, &JOURNEY_STATUS, "Whether it runs.")
}
