//! Team: what a team is in the graph, and which of its columns are fields.

use entity::team::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 32, ("Team", "teams"), "A team that owns, makes, decides or looks after things.")
        .text(Column::Name, "The team's name.")
        .searched(Weight::A)
        .text(Column::Description, "What it is responsible for.")
        .searched(Weight::B)
}
