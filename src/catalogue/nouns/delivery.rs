//! Delivery: what a delivery is in the graph, and which of its columns are fields.

use entity::delivery::{Column, Entity};

use crate::catalogue::choices::{CHANNEL, DELIVERY_KIND, DELIVERY_STATUS};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 28, ("Delivery", "deliveries"), "What activates a decision downstream: an ad line item, an email send, a page publish, a push. Live at T when `startTime` ≤ T < `endTime` and it is not paused or cancelled at T.")
        .remembered()
        .text(Column::Name, "What the delivery is called in its system.")
        .searched(Weight::A)
        .choice(Column::Kind, &DELIVERY_KIND, "What sort of activation it is.")
        .choice(Column::Status, &DELIVERY_STATUS, "Whether it runs; each change is dated when Weft learns of it.")
        .time(Column::StartTime, "When it begins, inclusive; absent means never.")
        .time(Column::EndTime, "When it ends, exclusive; absent means for ever.")
        .choice(Column::Channel, &CHANNEL, "The channel it goes out in.")
        .texts(Column::Territories, "Where it goes out, as ISO 3166 codes; empty where nobody said.")
        .int(Column::FrequencyCap, "How often one person may see it in a day; absent where there is no cap.")
        .at_least(0)
}
