//! Rendition: what a rendition is in the graph, and which of its columns are fields.

use entity::rendition::{Column, Entity};

use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        2,
        ("Rendition", "renditions"),
        "One file of an asset: a size, crop, format or cut of it.",
    )
    .text(Column::Name, "What this file is called, such as `hero-1200`.")
    .text(Column::Format, "The media type, such as `image/webp`.")
    .int(Column::Width, "Width in pixels.")
    .at_least(0)
    .int(Column::Height, "Height in pixels.")
    .at_least(0)
    .big_int(Column::Bytes, "Size of the file in bytes.")
    .at_least(0)
    .float(Column::Duration, "Length in seconds, for film and sound.")
    .at_least(0)
    .text(Column::Url, "Where the file can be fetched.")
    .text(Column::Checksum, "The checksum of the file, with its method in front.")
}
