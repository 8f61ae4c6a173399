//! Product: what a product is in the graph, and which of its columns are fields.

use entity::product::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 19, ("Product", "products"), "Something a brand sells (schema.org Product).")
        .tagged()
        .text(Column::Name, "The product's name.")
        .searched(Weight::A)
        .text(Column::Description, "What it is.")
        .searched(Weight::B)
        .text(Column::Sku, "The stock keeping unit.")
}
