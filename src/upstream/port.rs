//! What a system can offer, as data: each port names the noun that it feeds, what a mapping must give, and what it
//! may give. A connector's file is held to these.

use crate::catalogue::{self, Entry};

/// What the graph needs of a kind of system.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    /// Its name in connectors.
    pub name: &'static str,
    /// The type of the graph it feeds.
    pub noun: &'static str,
    /// What a mapping must give, beside `id`.
    pub required: &'static [&'static str],
}

const fn port(name: &'static str, noun: &'static str, required: &'static [&'static str]) -> Port {
    Port { name, noun, required }
}

/// Every port that has a name of its own. Any further type of the graph is offered as `graph.TYPE`.
pub const PORTS: &[Port] = &[
    port("dam.asset", "Asset", &["title"]),
    port("dam.rendition", "Rendition", &["asset"]),
    port("cms.component", "Component", &["name"]),
    port("cms.variant", "Variant", &["component"]),
    port("cms.experience", "Experience", &["name"]),
    port("cdp.audience", "Audience", &["name"]),
    port("decisioning.decision", "Decision", &["name"]),
    port("ads.delivery", "Delivery", &["name"]),
    port("ads.creative", "Variant", &["component"]),
    port("email.delivery", "Delivery", &["name"]),
    port("analytics.performance", "PerformanceFact", &["day"]),
    port("work.brief", "Brief", &["title"]),
    port("work.item", "WorkItem", &["title"]),
    port("work.handoff", "Handoff", &["workItem", "enteredAt"]),
];

/// What one operation of an entity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Everything, for sync.
    List,
    /// What changed, for sync.
    Changes,
    /// Some, by their ids, now.
    GetMany,
    /// How large they are now.
    Size,
    /// Their figures now.
    Stats,
    /// What is decided for a context.
    Evaluate,
}

impl Purpose {
    /// All of them, what is asked for without knowing any id first.
    pub const ALL: [Purpose; 6] =
        [Purpose::List, Purpose::Changes, Purpose::GetMany, Purpose::Size, Purpose::Stats, Purpose::Evaluate];

    /// Its name in connectors.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::List => "list",
            Purpose::Changes => "changes",
            Purpose::GetMany => "get_many",
            Purpose::Size => "size",
            Purpose::Stats => "stats",
            Purpose::Evaluate => "evaluate",
        }
    }

    /// What its mapping may give where that is not the noun's own fields, and what it must give of it.
    fn fields(self) -> Option<(&'static [&'static str], &'static [&'static str])> {
        match self {
            Purpose::List | Purpose::Changes | Purpose::GetMany => None,
            Purpose::Size => Some((&["id", "size", "sizeAsOf"], &["id", "size"])),
            Purpose::Stats => Some((
                &[
                    "id",
                    "spend",
                    "currency",
                    "frequency",
                    "impressions",
                    "reach",
                    "clicks",
                    "conversions",
                    "revenue",
                    "observedAt",
                ],
                &["id"],
            )),
            Purpose::Evaluate => Some((&["variant", "value", "reason", "error"], &[])),
        }
    }
}

/// What a mapping may give of any noun beside its own fields and relations.
const OF_ALL: &[&str] = &["id", "ref", "gone"];

impl Port {
    /// The port of this name.
    pub fn named(name: &str) -> Option<Port> {
        if let Some(port) = PORTS.iter().find(|port| port.name == name) {
            return Some(*port);
        }
        let noun = name.strip_prefix("graph.")?;
        let entry = catalogue::by_name(noun)?;
        Some(Port { name: "graph", noun: entry.noun.name, required: &[] })
    }

    /// The noun it feeds.
    pub fn entry(&self) -> Option<&'static Entry> {
        catalogue::by_name(self.noun)
    }

    /// What a mapping for this purpose must give.
    pub fn required(&self, purpose: Purpose) -> Vec<&'static str> {
        match purpose.fields() {
            Some((_, required)) => required.to_vec(),
            None if self.noun == "PerformanceFact" || self.noun == "JourneyFact" => self.required.to_vec(),
            None => std::iter::once("id").chain(self.required.iter().copied()).collect(),
        }
    }

    /// What a mapping for this purpose may give.
    pub fn allowed(&self, purpose: Purpose) -> Vec<&'static str> {
        if let Some((allowed, _)) = purpose.fields() {
            return allowed.to_vec();
        }
        let Some(entry) = self.entry() else { return Vec::new() };
        let fields = entry.noun.fields.iter().map(|field| field.name.as_str());
        let edges = entry.edges.iter().filter(|edge| edge.forward).map(|edge| edge.field);
        OF_ALL
            .iter()
            .copied()
            .chain(fields.filter(|name| !matches!(*name, "createdAt" | "updatedAt")))
            .chain(edges)
            .collect()
    }
}
