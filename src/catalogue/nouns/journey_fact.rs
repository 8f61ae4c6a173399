//! JourneyFact: what a journey fact is in the graph, and which of its columns are fields.

use entity::journey_fact::{Column, Entity};

use crate::catalogue::bound::LARGEST_COUNT;
use crate::catalogue::choices::CHANNEL;
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        31,
        ("JourneyFact", "journeyFacts"),
        "One observation for a day: how many entered, left and converted at one step of a journey.",
    )
    .measured_by(&["source_id", "day", "step_id", "audience_id", "channel"])
    .date(Column::Day, "The day, in UTC, that was observed.")
    .choice(Column::Channel, &CHANNEL, "The channel it was observed in.")
    .big_int(Column::Entries, "How many entered the step.")
    .within(0, LARGEST_COUNT)
    .big_int(Column::Exits, "How many left it.")
    .within(0, LARGEST_COUNT)
    .big_int(Column::Conversions, "How many did what the journey asks for.")
    .within(0, LARGEST_COUNT)
    .time(
        Column::ObservedAt,
        "When its source observed it. What was observed earlier than what is known does not replace it.",
    )
}
