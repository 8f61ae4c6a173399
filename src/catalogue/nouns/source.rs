//! Source: what a source is in the graph, and which of its columns are fields.

use entity::source::{Column, Entity};

use crate::catalogue::choices::SOURCE_KIND;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 41, ("Source", "sources"), "An upstream system that Weft learns from.")
        .named_by(Column::Name)
        .text(Column::Name, "The name it goes by here, the `source` of every external id it gives.")
        .searched(Weight::A)
        .choice(Column::Kind, &SOURCE_KIND, "What sort of system it is.")
        .text(Column::Vendor, "Who makes it.")
        .text(Column::Description, "What it is the system of record for.")
        .searched(Weight::B)
}
