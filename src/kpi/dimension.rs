//! The dimensions that KPIs are asked by, and for each noun that a KPI counts the way from it to each of them. A filter,
//! a breakdown and lineage all go these ways.

use super::path::{Earliest, Link, Path};
use crate::catalogue::{Holds, Kind};
use crate::error::ClientError;
use crate::store::Sql;
use Path::{Earliest as OfEarliest, First, KeptId, KeptText, OfChanged, OfSubject, Own, Through};

/// What a KPI can be filtered and broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// The brand.
    Brand,
    /// The campaign.
    Campaign,
    /// The channel.
    Channel,
    /// The audience.
    Audience,
    /// The team.
    Team,
    /// The territory.
    Territory,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Dimension; 6] = [
        Dimension::Brand,
        Dimension::Campaign,
        Dimension::Channel,
        Dimension::Audience,
        Dimension::Team,
        Dimension::Territory,
    ];

    /// Its name, as the field of a filter.
    pub fn name(self) -> &'static str {
        match self {
            Dimension::Brand => "brand",
            Dimension::Campaign => "campaign",
            Dimension::Channel => "channel",
            Dimension::Audience => "audience",
            Dimension::Team => "team",
            Dimension::Territory => "territory",
        }
    }

    /// The noun whose ids its values are; none where they are words.
    pub fn noun(self) -> Option<&'static str> {
        match self {
            Dimension::Brand => Some("Brand"),
            Dimension::Campaign => Some("Campaign"),
            Dimension::Audience => Some("Audience"),
            Dimension::Team => Some("Team"),
            Dimension::Channel | Dimension::Territory => None,
        }
    }

    /// What a column of its values holds.
    pub fn holds(self) -> Holds {
        if self.noun().is_some() { Holds::Id } else { Holds::Value(Kind::Text) }
    }
}

/// A noun that KPIs count, as the rows they count it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Rows of `change`.
    Change,
    /// Rows of `insight`.
    Insight,
    /// Rows of `brief`.
    Brief,
    /// Rows of `incident`.
    Incident,
    /// Rows of `guardrail_finding`.
    Finding,
    /// Rows of `handoff`.
    Handoff,
    /// Rows of `work_item`.
    WorkItem,
    /// Rows of `delivery`.
    Delivery,
    /// Rows like those of `usage`, whose `asset_id` is the asset that counts: its own, or one that its variant carries.
    Usage,
    /// Rows of `performance_fact`.
    Performance,
    /// Rows of the tables of sums of performance facts.
    PerformanceSums,
    /// Rows of `journey_fact`.
    Journey,
    /// Rows of the tables of sums of journey facts.
    JourneySums,
}

/// The ways from one noun.
struct Ways {
    campaign: Option<&'static Path>,
    /// Absent where it is that of the campaign.
    brand: Option<&'static Path>,
    channel: Option<&'static Path>,
    audience: Option<&'static Path>,
    team: Option<&'static Path>,
    territory: Option<&'static Path>,
}

const NONE: Ways =
    Ways { campaign: None, brand: None, channel: None, audience: None, team: None, territory: None };

const CAMPAIGN: Path = Own("campaign_id");
const BRAND: Path = Own("brand_id");
const OWNER: Path = Own("owner_team_id");

/// A delivery's campaign: its own, else its decision's, else its experience's.
const OF_DELIVERY: Path = First(&[
    CAMPAIGN,
    Through(&Own("decision_id"), "Decision", &CAMPAIGN),
    Through(&Own("experience_id"), "Experience", &CAMPAIGN),
]);
/// A usage's campaign: that of what it is used in.
const OF_USAGE: Path = First(&[
    Through(&Own("delivery_id"), "Delivery", &OF_DELIVERY),
    Through(&Own("experience_id"), "Experience", &CAMPAIGN),
]);
/// A usage's channel: its own, else its delivery's, else its experience's.
const USAGE_CHANNEL: Path = First(&[
    Own("channel"),
    Through(&Own("delivery_id"), "Delivery", &Own("channel")),
    Through(&Own("experience_id"), "Experience", &Own("channel")),
]);
const OF_STEP: Path = Through(&Own("journey_id"), "Journey", &CAMPAIGN);
const OF_HANDOFF: Path = Through(&Own("work_item_id"), "WorkItem", &CAMPAIGN);

/// The campaigns of what a change, an incident or a finding can name.
const NAMED: &[(&str, Path)] = &[
    ("Campaign", Own("id")),
    ("Journey", CAMPAIGN),
    ("JourneyStep", OF_STEP),
    ("Decision", CAMPAIGN),
    ("Rule", Through(&Own("decision_id"), "Decision", &CAMPAIGN)),
    ("Experiment", Through(&Own("decision_id"), "Decision", &CAMPAIGN)),
    ("Experience", CAMPAIGN),
    ("Delivery", OF_DELIVERY),
    ("Usage", OF_USAGE),
    ("Brief", CAMPAIGN),
    ("WorkItem", CAMPAIGN),
    ("Handoff", OF_HANDOFF),
    ("Change", CAMPAIGN),
    ("Incident", CAMPAIGN),
    ("GuardrailFinding", CAMPAIGN),
    ("Insight", CAMPAIGN),
];

/// The first change of an insight: the earliest that went live and not before it was observed.
const FIRST_CHANGE: Earliest = Earliest {
    noun: "Change",
    link: Link::Pairs("change_insight", "insight_id", "change_id"),
    at: "live_at",
    from: "observed_at",
};
/// The first experience of a brief: the earliest that went live and not before it was requested.
const FIRST_EXPERIENCE: Earliest =
    Earliest { noun: "Experience", link: Link::Theirs("brief_id"), at: "live_from", from: "requested_at" };

const FACT_CAMPAIGN: Path = Through(&Own("delivery_id"), "Delivery", &OF_DELIVERY);
const JOURNEY_CAMPAIGN: Path = Through(&Own("step_id"), "JourneyStep", &OF_STEP);

const CHANGE: Ways =
    Ways { campaign: Some(&First(&[CAMPAIGN, OfChanged(NAMED)])), team: Some(&OWNER), ..NONE };
const INSIGHT: Ways =
    Ways { campaign: Some(&CAMPAIGN), team: Some(&OfEarliest(&FIRST_CHANGE, &OWNER)), ..NONE };
const BRIEF: Ways = Ways {
    campaign: Some(&CAMPAIGN),
    channel: Some(&OfEarliest(&FIRST_EXPERIENCE, &Own("channel"))),
    team: Some(&Through(&CAMPAIGN, "Campaign", &OWNER)),
    ..NONE
};
const INCIDENT: Ways =
    Ways { campaign: Some(&First(&[CAMPAIGN, OfSubject(NAMED)])), team: Some(&OWNER), ..NONE };
const FINDING: Ways = Ways { campaign: Some(&First(&[CAMPAIGN, OfSubject(NAMED)])), ..NONE };
const HANDOFF: Ways = Ways { campaign: Some(&OF_HANDOFF), team: Some(&Own("to_team_id")), ..NONE };
const WORK_ITEM: Ways = Ways { campaign: Some(&CAMPAIGN), team: Some(&OWNER), ..NONE };
const DELIVERY: Ways = Ways { campaign: Some(&OF_DELIVERY), ..NONE };
const USAGE: Ways = Ways {
    campaign: Some(&OF_USAGE),
    brand: Some(&Through(&Own("asset_id"), "Asset", &BRAND)),
    channel: Some(&USAGE_CHANNEL),
    team: Some(&Through(&Own("asset_id"), "Asset", &OWNER)),
    territory: Some(&Own("territory")),
    ..NONE
};
const PERFORMANCE: Ways = Ways {
    campaign: Some(&FACT_CAMPAIGN),
    channel: Some(&Own("channel")),
    audience: Some(&Own("audience_id")),
    team: Some(&Through(&FACT_CAMPAIGN, "Campaign", &OWNER)),
    territory: Some(&Own("territory")),
    ..NONE
};
const PERFORMANCE_SUMS: Ways = Ways {
    channel: Some(&KeptText("channel")),
    audience: Some(&KeptId("audience_id")),
    territory: Some(&KeptText("territory")),
    ..PERFORMANCE
};
const JOURNEY: Ways = Ways {
    campaign: Some(&JOURNEY_CAMPAIGN),
    channel: Some(&Own("channel")),
    audience: Some(&Own("audience_id")),
    team: Some(&Through(&JOURNEY_CAMPAIGN, "Campaign", &OWNER)),
    ..NONE
};
const JOURNEY_SUMS: Ways =
    Ways { channel: Some(&KeptText("channel")), audience: Some(&KeptId("audience_id")), ..JOURNEY };

impl Counted {
    /// The rows by which a noun of the catalogue is counted.
    pub fn of(noun: &str) -> Option<Self> {
        Some(match noun {
            "Change" => Counted::Change,
            "Insight" => Counted::Insight,
            "Brief" => Counted::Brief,
            "Incident" => Counted::Incident,
            "GuardrailFinding" => Counted::Finding,
            "Handoff" => Counted::Handoff,
            "WorkItem" => Counted::WorkItem,
            "Delivery" => Counted::Delivery,
            "Usage" => Counted::Usage,
            "PerformanceFact" => Counted::Performance,
            "JourneyFact" => Counted::Journey,
            _ => return None,
        })
    }

    fn ways(self) -> &'static Ways {
        match self {
            Counted::Change => &CHANGE,
            Counted::Insight => &INSIGHT,
            Counted::Brief => &BRIEF,
            Counted::Incident => &INCIDENT,
            Counted::Finding => &FINDING,
            Counted::Handoff => &HANDOFF,
            Counted::WorkItem => &WORK_ITEM,
            Counted::Delivery => &DELIVERY,
            Counted::Usage => &USAGE,
            Counted::Performance => &PERFORMANCE,
            Counted::PerformanceSums => &PERFORMANCE_SUMS,
            Counted::Journey => &JOURNEY,
            Counted::JourneySums => &JOURNEY_SUMS,
        }
    }

    /// The way to a dimension: that of the campaign's brand where a noun has no brand of its own.
    fn way(self, dimension: Dimension) -> Way {
        let ways = self.ways();
        let own = match dimension {
            Dimension::Brand if ways.brand.is_none() => {
                return ways.campaign.map_or(Way::None, Way::BrandOfCampaign);
            }
            Dimension::Brand => ways.brand,
            Dimension::Campaign => ways.campaign,
            Dimension::Channel => ways.channel,
            Dimension::Audience => ways.audience,
            Dimension::Team => ways.team,
            Dimension::Territory => ways.territory,
        };
        own.map_or(Way::None, Way::Path)
    }

    /// Whether there is a way from it to a dimension.
    pub fn has(self, dimension: Dimension) -> bool {
        !matches!(self.way(dimension), Way::None)
    }

    /// Whether the way to a dimension leads over other things, so that the row itself does not know the value.
    pub fn leads_away(self, dimension: Dimension) -> bool {
        match self.way(dimension) {
            Way::None => false,
            Way::Path(path) => path.leads_away(),
            Way::BrandOfCampaign(_) => true,
        }
    }

    /// The columns of its rows at which the way to a dimension begins. A table without one of them cannot be asked.
    pub fn columns(self, dimension: Dimension) -> Vec<&'static str> {
        match self.way(dimension) {
            Way::None => Vec::new(),
            Way::Path(path) | Way::BrandOfCampaign(path) => path.columns(),
        }
    }

    /// The value in a dimension as an expression over the row that `alias` stands for; null where there is none. Each
    /// call writes names of its own, so a statement groups by the place of the expression and not by writing it again.
    pub fn expression(self, sql: &mut Sql, dimension: Dimension, alias: &str) -> String {
        match self.way(dimension) {
            Way::None => sql.dialect().unknown(dimension.noun().is_some()).to_owned(),
            Way::Path(path) => path.expression(sql, alias),
            Way::BrandOfCampaign(path) => {
                let (campaign, other) = (path.expression(sql, alias), sql.alias());
                format!("(SELECT {other}.brand_id FROM campaign {other} WHERE {other}.id = {campaign})")
            }
        }
    }

    /// The condition that the value in a dimension fits `values`; what has none there fits nothing.
    pub(super) fn condition(
        self,
        sql: &mut Sql,
        dimension: Dimension,
        (alias, values): (&str, &str),
    ) -> String {
        match self.way(dimension) {
            Way::None => "FALSE".to_owned(),
            Way::Path(path) => path.condition(sql, alias, values),
            Way::BrandOfCampaign(path) => {
                let other = sql.alias();
                let of_brand =
                    format!("IN (SELECT {other}.id FROM campaign {other} WHERE {other}.brand_id {values})");
                path.condition(sql, alias, &of_brand)
            }
        }
    }
}

/// A way to a dimension.
enum Way {
    None,
    Path(&'static Path),
    BrandOfCampaign(&'static Path),
}

/// Refuses the dimensions to which nothing that a KPI counts has a way. What of it has none while something else has
/// is left out by a filter, and has no value in a breakdown.
pub fn check(
    key: &str,
    counted: &[Counted],
    asked: impl IntoIterator<Item = Dimension>,
) -> Result<(), ClientError> {
    let has = |dimension: &Dimension| counted.iter().any(|counted| counted.has(*dimension));
    let Some(missing) = asked.into_iter().find(|dimension| !has(dimension)) else { return Ok(()) };
    let known: Vec<&str> =
        Dimension::ALL.iter().filter(|dimension| has(dimension)).map(|dimension| dimension.name()).collect();
    let known = match known.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    };
    Err(ClientError::input(format!(
        "{key} cannot be asked by {}; nothing that it counts has one. It can be asked by {known}.",
        missing.name()
    )))
}
