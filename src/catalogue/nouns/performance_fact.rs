//! PerformanceFact: what a performance fact is in the graph, and which of its columns are fields.

use entity::performance_fact::{Column, Entity};

use crate::catalogue::bound::{LARGEST_AMOUNT, LARGEST_COUNT};
use crate::catalogue::choices::CHANNEL;
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 30, ("PerformanceFact", "performanceFacts"), "One observation for a day: how one variant did for one audience in one channel, territory and delivery, by one source. A later observation of the same fact replaces the earlier one.")
        .measured_by(&["source_id", "day", "variant_id", "audience_id", "channel", "territory", "delivery_id"])
        .date(Column::Day, "The day, in UTC, that was observed.")
        .choice(Column::Channel, &CHANNEL, "The channel it was observed in.")
        .text(Column::Territory, "Where, as an ISO 3166 code.")
        .big_int(Column::Impressions, "How often it was shown.")
        .within(0, LARGEST_COUNT)
        .big_int(Column::Reach, "How many people saw it; never to be summed.")
        .within(0, LARGEST_COUNT)
        .big_int(Column::Clicks, "How often it was clicked.")
        .within(0, LARGEST_COUNT)
        .at_most(Column::Impressions)
        .big_int(Column::Conversions, "How often what it asks for was done.")
        .within(0, LARGEST_COUNT)
        .money(Column::Cost, "What it cost, in `currency`; absent is unknown, 0 is free.")
        .within(-LARGEST_AMOUNT, LARGEST_AMOUNT)
        .needing(Column::Currency)
        .money(Column::Revenue, "What it earned, in `currency`.")
        .within(-LARGEST_AMOUNT, LARGEST_AMOUNT)
        .needing(Column::Currency)
        .currency(Column::Currency, "The ISO 4217 currency of cost and revenue.")
        .time(Column::ObservedAt, "When its source observed it. What was observed earlier than what is known does not replace it.")
}
