//! Asset: what an asset is in the graph, and which of its columns are fields.

use entity::asset::{Column, Entity};

use crate::catalogue::choices::{ASSET_KIND, CONTENT_STATUS, DIGITAL_SOURCE_TYPE};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 1, ("Asset", "assets"), "One piece of creative: a photo, film, illustration, document or sound, described in the terms of Dublin Core and IPTC.")
        .tagged()
        .text(Column::Title, "The name people know the asset by (dc:title).")
        .searched(Weight::A)
        .text(Column::Description, "What the asset shows or is for (dc:description).")
        .searched(Weight::B)
        .text(Column::Creator, "Who made it, as the credit says: a role, a studio or an agency (dc:creator).")
        .text(Column::Format, "The media type of the original, such as `image/jpeg` (dc:format).")
        .choice(Column::Kind, &ASSET_KIND, "What sort of creative it is.")
        .choice(Column::Status, &CONTENT_STATUS, "How far the asset is on its way to being usable.")
        .text(Column::Language, "The language it speaks, as a BCP 47 tag such as `de-AT`; absent where it speaks none or nobody said.")
        .text(Column::AltText, "What the asset shows, for people who cannot see it.")
        .searched(Weight::C)
        .text(Column::CreditLine, "The credit that must stand beside it (IPTC credit line).")
        .choice(Column::DigitalSourceType, &DIGITAL_SOURCE_TYPE, "How the asset came about, by IPTC's list; tells what a model made from what a camera took.")
        .text(Column::Checksum, "The checksum of the original file, with its method in front, such as `sha256:9f86…`.")
        .money(Column::ProductionCost, "What making it cost, in `currency`. Not additive with the cost of deliveries.")
        .needing(Column::Currency)
        .currency(Column::Currency, "The ISO 4217 currency of `productionCost`.")
        .time(Column::Created, "When the asset was made, by its own record (dcterms:created).")
        .time(Column::Modified, "When the asset was last changed, by its own record (dcterms:modified).")
}
