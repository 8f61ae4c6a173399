//! Rule: what a rule is in the graph, and which of its columns are fields.

use entity::rule::{Column, Entity};

use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        26,
        ("Rule", "rules"),
        "One line of a decision: for this audience, under this condition, show this variant.",
    )
    .text(Column::Condition, "What must hold besides the audience, in the words of the decision engine.")
    .float(Column::Weight, "The share of traffic it gets among rules that apply, from 0 to 1.")
    .within(0, 1)
    .int(Column::Priority, "Which rule goes first: the smaller number.")
    .time(Column::ValidFrom, "From when the rule holds, inclusive; absent means since ever.")
    .time(Column::ValidTo, "Until when the rule holds, exclusive; absent means for ever.")
}
