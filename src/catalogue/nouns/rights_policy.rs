//! RightsPolicy: what a rights policy is in the graph, and which of its columns are fields.

use entity::rights_policy::{Column, Entity};

use crate::catalogue::choices::RIGHTS_KIND;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        14,
        ("RightsPolicy", "rightsPolicies"),
        "A rule on what may be done with assets: an ODRL permission or prohibition, with its constraints.",
    )
    .text(Column::Title, "What the policy is called, such as the licence's number.")
    .searched(Weight::A)
    .text(Column::Description, "What it says in words.")
    .searched(Weight::B)
    .choice(Column::Kind, &RIGHTS_KIND, "Whether it allows or forbids.")
}
