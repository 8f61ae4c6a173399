//! Component: what a component is in the graph, and which of its columns are fields.

use entity::component::{Column, Entity};

use crate::catalogue::choices::COMPONENT_KIND;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        4,
        ("Component", "components"),
        "A reusable content module: a headline, a body, an image, a call to action, an offer.",
    )
    .tagged()
    .text(Column::Name, "What the module is called.")
    .searched(Weight::A)
    .choice(Column::Kind, &COMPONENT_KIND, "What part it plays on a page, in an email or in an ad.")
    .text(Column::Description, "What the module is for.")
    .searched(Weight::B)
    .time(Column::StartTime, "When an offer begins; only offers have it.")
    .time(Column::EndTime, "When an offer ends; only offers have it.")
}
