//! Kpi: what a kpi is in the graph, and which of its columns are fields.

use entity::kpi::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 29, ("Kpi", "kpis"), "A measure of the joint operation, defined as data and versioned.")
        .named_by(Column::Key)
        .text(
            Column::Key,
            "The measure's own key, such as `asset_reuse_rate`. On import it is the line's key.",
        )
        .int(Column::Version, "Which version of the definition this is.")
        .text(Column::Label, "What to call it on a dashboard.")
        .searched(Weight::A)
        .text(Column::Unit, "What the value counts, such as `hours` or `ratio`.")
        .text(Column::Description, "What it tells, and what it leaves out.")
        .searched(Weight::B)
        .text(Column::Numerator, "What stands above the line, in words.")
        .text(Column::Denominator, "What stands below the line, in words.")
        .float(Column::Target, "The value that was agreed on.")
}
