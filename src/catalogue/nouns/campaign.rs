//! Campaign: what a campaign is in the graph, and which of its columns are fields.

use entity::campaign::{Column, Entity};

use crate::catalogue::choices::{CAMPAIGN_KIND, CAMPAIGN_STATUS};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 21, ("Campaign", "campaigns"), "A planned effort with an aim, a time and a budget.")
        .tagged()
        .text(Column::Name, "What the campaign is called.")
        .searched(Weight::A)
        .text(Column::Description, "What it is meant to reach.")
        .searched(Weight::B)
        .choice(Column::Kind, &CAMPAIGN_KIND, "What sort of campaign it is.")
        .choice(Column::Status, &CAMPAIGN_STATUS, "Where it stands.")
        .time(Column::StartTime, "When it begins, inclusive.")
        .time(Column::EndTime, "When it ends, exclusive; absent means that no end is planned.")
        .money(Column::BudgetedCost, "What it may cost, in `currency`.")
        .needing(Column::Currency)
        .money(Column::ActualCost, "What it has cost so far by its owner's books, in `currency`. Not the sum of its deliveries' cost.")
        .needing(Column::Currency)
        .currency(Column::Currency, "The ISO 4217 currency of the costs.")
}
