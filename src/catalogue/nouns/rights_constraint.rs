//! RightsConstraint: what a rights constraint is in the graph, and which of its columns are fields.

use entity::rights_constraint::{Column, Entity};

use crate::catalogue::choices::{LEFT_OPERAND, RIGHTS_OPERATOR};
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 15, ("RightsConstraint", "rightsConstraints"), "One condition of a rights policy, as ODRL writes it: left operand, operator, right operand.")
        .choice(Column::LeftOperand, &LEFT_OPERAND, "What is compared.")
        .choice(Column::Operator, &RIGHTS_OPERATOR, "How it is compared.")
        .texts(Column::RightOperand, "What it is compared with: moments (RFC 3339), ISO 3166 codes or named groups, channels, a count, or audiences by their key.")
}
