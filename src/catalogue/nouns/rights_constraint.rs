//! RightsConstraint: what a rights constraint is in the graph, and which of its columns are fields.

use entity::rights_constraint::{Column, Entity};

use crate::catalogue::bound::{Form, Forms};
use crate::catalogue::choices::{CHANNEL, LEFT_OPERAND, RIGHTS_OPERATOR};
use crate::catalogue::noun::Noun;

/// What a constraint compares with, by what it compares.
const RIGHT_OPERANDS: Forms = Forms {
    by: "left_operand",
    of: &[
        ("DATE_TIME", Form::Moment),
        ("SPATIAL", Form::Territory),
        ("DELIVERY_CHANNEL", Form::Word(&CHANNEL)),
        ("COUNT", Form::Count),
        ("RECIPIENT", Form::Key("Audience")),
    ],
};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 15, ("RightsConstraint", "rightsConstraints"), "One condition of a rights policy, as ODRL writes it: left operand, operator, right operand.")
        .choice(Column::LeftOperand, &LEFT_OPERAND, "What is compared.")
        .needing(Column::Operator)
        .needing(Column::RightOperand)
        .choice(Column::Operator, &RIGHTS_OPERATOR, "How it is compared.")
        .texts(Column::RightOperand, "What it is compared with: moments (RFC 3339; a day is its midnight in UTC), ISO 3166 codes or named groups, channels, a count, or audiences by their key.")
        .formed(RIGHT_OPERANDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_left_operand_says_what_stands_on_the_right() {
        for (word, _) in LEFT_OPERAND.values {
            assert!(RIGHT_OPERANDS.form(word).is_some(), "{word}");
        }
    }
}
