//! The company while it is being thought up: plain structs that point at each other by place in a list.
//! Faults are planted here, before a line is written; one unit is planned at a time, so memory does not grow with scale.

use crate::clock::Micros;

use super::channels::Channel;
use super::line::Span;
use super::words::{MARKETS, Market};

/// A group of brands with all that hangs on it.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Its number, from 0.
    pub number: usize,
    pub brands: Vec<Brand>,
    pub audiences: Vec<Audience>,
    pub campaigns: Vec<Campaign>,
    pub families: Vec<Family>,
    pub assets: Vec<Asset>,
    pub components: Vec<Component>,
    pub variants: Vec<Variant>,
    pub experiences: Vec<Experience>,
    pub decisions: Vec<Decision>,
    pub deliveries: Vec<Delivery>,
    pub usages: Vec<Usage>,
    pub policies: Vec<Policy>,
    pub journeys: Vec<Journey>,
}

#[derive(Debug)]
pub(super) struct Brand {
    pub key: String,
    pub name: String,
    pub about: &'static str,
    /// Which word list it speaks from.
    pub sector: usize,
    pub wants_rights: bool,
    pub wants_alt_text: bool,
    /// Places in [`MARKETS`].
    pub markets: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Audience {
    pub key: String,
    pub row: usize,
    pub name: String,
    pub size: i64,
    pub status: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    AlwaysOn,
    Ended,
    Live,
    Planned,
}

#[derive(Debug)]
pub(super) struct Campaign {
    pub key: String,
    pub name: String,
    pub brand: usize,
    /// Its number within the brand.
    pub number: usize,
    pub state: State,
    pub span: Span,
    pub product: usize,
    pub channels: Vec<&'static Channel>,
    pub markets: Vec<usize>,
    pub audiences: Vec<usize>,
}

/// One motif: a master and all that was made from it. Licences are bought for motifs.
#[derive(Debug)]
pub(super) struct Family {
    pub key: String,
    pub campaign: usize,
    pub scene: usize,
    pub kind: &'static str,
    pub made_by_model: bool,
    pub members: Vec<usize>,
    pub policies: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Asset {
    pub key: String,
    pub title: String,
    pub family: usize,
    pub from: Option<usize>,
    pub channel: Option<&'static Channel>,
    pub language: Option<&'static str>,
    pub status: &'static str,
    pub has_alt_text: bool,
    pub has_renditions: bool,
    pub disclosed: bool,
}

#[derive(Debug)]
pub(super) struct Component {
    pub key: String,
    pub name: String,
    pub campaign: usize,
    pub kind: &'static str,
    pub assets: Vec<usize>,
    pub span: Option<Span>,
    pub fallback: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Variant {
    pub key: String,
    pub component: usize,
    pub channel: Option<&'static Channel>,
    pub language: Option<usize>,
    pub treatment: Option<&'static str>,
    pub status: &'static str,
    pub text: Option<String>,
    pub assets: Vec<usize>,
    /// How well it does against others; 1 is as most do.
    pub quality: f64,
}

#[derive(Debug)]
pub(super) struct Experience {
    pub key: String,
    pub campaign: usize,
    pub channel: &'static Channel,
    pub market: usize,
    pub span: Span,
    pub variants: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Decision {
    pub key: String,
    pub campaign: usize,
    pub channel: &'static Channel,
    pub kind: &'static str,
    pub status: &'static str,
    pub span: Span,
    pub fallback: Option<usize>,
    pub rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub audience: usize,
    pub variant: usize,
    /// Whether it is measured; a rule that reaches nobody is not.
    pub measured: bool,
}

#[derive(Debug)]
pub(super) struct Delivery {
    pub key: String,
    pub campaign: usize,
    pub decision: usize,
    pub experience: usize,
    pub channel: &'static Channel,
    pub market: usize,
    pub status: &'static str,
    pub span: Span,
    /// How the click rate of its pairs goes lately.
    pub wear: Vec<(usize, Wear)>,
}

/// How the click rate of one pair of a delivery goes lately, by the place of its rule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wear {
    /// It falls in the last seven days to this share.
    Falls(f64),
    /// It falls by exactly fifteen of a hundred.
    Exactly,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Used {
    Asset(usize),
    Variant(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Delivery(usize),
    Experience(usize),
}

#[derive(Debug)]
pub(super) struct Usage {
    pub key: String,
    pub what: Used,
    pub place: Place,
    pub status: &'static str,
    pub span: Span,
    /// Whether it says its own channel, or leaves it to what it is used in.
    pub says_channel: bool,
}

#[derive(Debug)]
pub(super) struct Policy {
    pub key: String,
    pub title: String,
    pub about: String,
    pub kind: &'static str,
    pub constraints: Vec<Constraint>,
}

#[derive(Debug)]
pub(super) struct Constraint {
    pub left: &'static str,
    pub operator: &'static str,
    pub right: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Journey {
    pub key: String,
    pub row: usize,
    pub campaign: usize,
    pub audiences: Vec<usize>,
    /// The place of the step that leads nowhere though others come after it.
    pub broken_at: Option<usize>,
}

impl Unit {
    /// The brand of a campaign.
    pub(super) fn brand_of(&self, campaign: usize) -> &Brand {
        &self.brands[self.campaigns[campaign].brand]
    }

    /// The brand of an asset.
    pub(super) fn asset_brand(&self, asset: usize) -> &Brand {
        self.brand_of(self.families[self.assets[asset].family].campaign)
    }

    /// The assets that a usage shows.
    pub(super) fn shown(&self, usage: &Usage) -> Vec<usize> {
        match usage.what {
            Used::Asset(asset) => vec![asset],
            Used::Variant(variant) => self.variants[variant].assets.clone(),
        }
    }

    /// The market of what a usage is in.
    pub(super) fn market(&self, usage: &Usage) -> Market {
        MARKETS[match usage.place {
            Place::Delivery(delivery) => self.deliveries[delivery].market,
            Place::Experience(experience) => self.experiences[experience].market,
        }]
    }

    /// The channel of what a usage is in.
    pub(super) fn channel(&self, usage: &Usage) -> &'static Channel {
        match usage.place {
            Place::Delivery(delivery) => self.deliveries[delivery].channel,
            Place::Experience(experience) => self.experiences[experience].channel,
        }
    }

    /// Whether a usage is live at `at`: it is, and what it is used in is.
    pub(super) fn live(&self, usage: &Usage, at: Micros) -> bool {
        usage.status != "PAUSED"
            && usage.span.holds(at)
            && match usage.place {
                Place::Delivery(delivery) => self.delivery_live(delivery, at),
                Place::Experience(experience) => self.experiences[experience].span.holds(at),
            }
    }

    /// Whether a delivery is live at `at`.
    pub(super) fn delivery_live(&self, delivery: usize, at: Micros) -> bool {
        let delivery = &self.deliveries[delivery];
        !matches!(delivery.status, "PAUSED" | "CANCELLED") && delivery.span.holds(at)
    }

    /// The usages that are live at `at`, by their places.
    pub(super) fn live_usages(&self, at: Micros) -> Vec<usize> {
        (0..self.usages.len()).filter(|usage| self.live(&self.usages[*usage], at)).collect()
    }
}
