//! Usage: what a usage is in the graph, and which of its columns are fields.

use entity::usage::{Column, Entity};

use crate::catalogue::choices::{CHANNEL, USAGE_STATUS};
use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 9, ("Usage", "usages"), "The dated edge that says: this asset or variant is used here. Live at T when it is live itself and the delivery or experience it is used in is live at T.")
        .choice(Column::Status, &USAGE_STATUS, "Whether it is running; each change is dated when Weft learns of it.")
        .time(Column::StartTime, "From when it is used, inclusive; absent means never.")
        .time(Column::EndTime, "Until when it is used, exclusive; absent means for ever.")
        .text(Column::Territory, "Where it is used, as an ISO 3166 code such as `DE` or `US-CA`.")
        .choice(Column::Channel, &CHANNEL, "Its own channel; where absent, that of its delivery holds, else of its experience.")
}
