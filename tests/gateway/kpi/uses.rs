//! Usages behind the reuse of assets, under every kind of filter and by pages, against plain loops over the lines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::chance::Chance;
use crate::support::{Gateway, both};

const ASSETS: usize = 12;
const VARIANTS: usize = 5;
const DELIVERIES: usize = 8;

/// A usage: its asset or variant, where it stands, whether it was paused for all of May, and whether it was over before.
struct Usage {
    asset: Option<usize>,
    variant: Option<usize>,
    delivery: usize,
    paused: bool,
    over: bool,
}

struct World {
    /// The brand of each asset.
    brands: Vec<Option<usize>>,
    /// The assets that each variant carries.
    carried: Vec<BTreeSet<usize>>,
    /// The campaign and the channel of each delivery.
    deliveries: Vec<(usize, &'static str)>,
    usages: Vec<Usage>,
}

fn made(chance: &mut Chance) -> World {
    World {
        brands: (0..ASSETS).map(|_| chance.maybe(2)).collect(),
        carried: (0..VARIANTS).map(|_| (0..2).map(|_| chance.below(ASSETS)).collect()).collect(),
        deliveries: (0..DELIVERIES)
            .map(|_| (chance.below(3), chance.one(&["WEB", "EMAIL", "PRINT"])))
            .collect(),
        usages: (0..40)
            .map(|_| {
                let of_asset = chance.often(60);
                Usage {
                    asset: of_asset.then(|| chance.below(ASSETS)),
                    variant: (!of_asset).then(|| chance.below(VARIANTS)),
                    delivery: chance.below(DELIVERIES),
                    paused: chance.often(25),
                    over: chance.often(15),
                }
            })
            .collect(),
    }
}

impl World {
    fn lines(&self) -> String {
        let mut lines = Vec::new();
        for brand in 0..2 {
            lines.push(json!({ "type": "Brand", "key": format!("b{brand}"), "name": "B" }));
        }
        for (number, brand) in self.brands.iter().enumerate() {
            let brand = brand.map(|brand| format!("b{brand}"));
            lines.push(json!({ "type": "Asset", "key": format!("a{number}"), "title": "A", "brand": brand }));
        }
        for (number, assets) in self.carried.iter().enumerate() {
            let assets: Vec<String> = assets.iter().map(|asset| format!("a{asset}")).collect();
            lines.push(json!({ "type": "Variant", "key": format!("v{number}"), "assets": assets }));
        }
        for campaign in 0..3 {
            lines.push(json!({ "type": "Campaign", "key": format!("c{campaign}"), "name": "C" }));
        }
        for (number, (campaign, channel)) in self.deliveries.iter().enumerate() {
            lines.push(
                json!({ "type": "Delivery", "key": format!("d{number}"), "campaign": format!("c{campaign}"),
                "channel": channel, "startTime": "2026-01-01T00:00:00Z" }),
            );
        }
        for (number, usage) in self.usages.iter().enumerate() {
            let mut line = json!({ "type": "Usage", "key": format!("u{number:02}"),
                "delivery": format!("d{}", usage.delivery), "startTime": "2026-02-01T00:00:00Z" });
            if let Some(asset) = usage.asset {
                line["asset"] = json!(format!("a{asset}"));
            }
            if let Some(variant) = usage.variant {
                line["variant"] = json!(format!("v{variant}"));
            }
            if usage.over {
                line["endTime"] = json!("2026-05-01T00:00:00Z");
            }
            if usage.paused {
                // It runs again after May.
                line["status"] = json!("ACTIVE");
                line["statuses"] = json!([{ "status": "PAUSED", "since": "2026-04-01T00:00:00Z" },
                    { "status": "ACTIVE", "since": "2026-06-01T00:00:00Z" }]);
            }
            lines.push(line);
        }
        lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    fn assets(&self, usage: &Usage) -> BTreeSet<usize> {
        let carried = usage.variant.map(|variant| self.carried[variant].clone()).unwrap_or_default();
        usage.asset.into_iter().chain(carried).collect()
    }

    /// What lineage tells of May: each usage of an asset that has one that fits, how it stands, and why. `fits` is asked
    /// of a usage and the asset that it is taken for.
    fn told(&self, fits: impl Fn(&Usage, usize) -> bool) -> BTreeMap<String, Value> {
        let mut chosen = BTreeSet::new();
        let mut live_chosen = BTreeSet::new();
        let mut pairs: BTreeMap<usize, BTreeSet<(usize, &str)>> = BTreeMap::new();
        for usage in self.usages.iter().filter(|usage| !usage.over) {
            for asset in self.assets(usage) {
                if fits(usage, asset) {
                    chosen.insert(asset);
                    if !usage.paused {
                        live_chosen.insert(asset);
                    }
                }
                if !usage.paused {
                    pairs.entry(asset).or_default().insert(self.deliveries[usage.delivery]);
                }
            }
        }
        let mut told = BTreeMap::new();
        for (number, usage) in self.usages.iter().enumerate().filter(|(_, usage)| !usage.over) {
            let assets = self.assets(usage);
            if assets.is_disjoint(&chosen) {
                continue;
            }
            let of: Vec<usize> = assets
                .intersection(&live_chosen)
                .filter(|_| !usage.paused)
                .map(|asset| pairs[asset].len())
                .collect();
            let line = match of.iter().max() {
                None => json!([false, "BOTH", "NOT_LIVE"]),
                Some(pairs) if *pairs >= 2 => json!([true, "BOTH", null]),
                Some(_) => json!([true, "DENOMINATOR", "TOO_FEW_PAIRS"]),
            };
            told.insert(format!("u{number:02}"), line);
        }
        told
    }
}

const ASKED: &str = "query($filter: KpiFilterInput, $first: Int, $after: String) { kpiResult(key: \"asset_reuse_rate\", \
    filter: $filter, window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-06-01T00:00:00Z\"}) { \
    lineage(first: $first, after: $after) { pageInfo { hasNextPage endCursor } \
    edges { node { included role reason numerator denominator fact { externalIds { value } } } } } } }";

async fn lineage(gateway: &Gateway, filter: &Value, first: usize) -> BTreeMap<String, Value> {
    let (mut lines, mut after) = (BTreeMap::new(), Value::Null);
    loop {
        let variables = json!({ "filter": filter, "first": first, "after": after });
        let answer = gateway.query(ASKED, variables).await;
        // Of what was measured, of its assets, their uses, their changes of status, and what is told of each usage.
        assert!(answer.statements() <= 6, "{} statements", answer.statements());
        let page = answer.data()["kpiResult"]["lineage"].take();
        for edge in page["edges"].as_array().expect("edges") {
            let node = &edge["node"];
            let key = node["fact"]["externalIds"][0]["value"].as_str().expect("a key").to_owned();
            assert_eq!((&node["numerator"], &node["denominator"]), (&Value::Null, &Value::Null));
            let known = lines.insert(key, json!([node["included"], node["role"], node["reason"]]));
            assert_eq!(known, None);
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return lines;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn lineage_of_reuse_is_what_plain_loops_find() {
    for seed in [5, 6] {
        both(|gateway| async move {
            let world = made(&mut Chance(seed));
            gateway.import(&world.lines()).await;
            let id = async |noun: &str, key: &str| {
                let query = format!("{{ {noun}(key: {{source: \"import\", value: {key:?}}}) {{ id }} }}");
                gateway.data(&query, json!({})).await[noun]["id"].clone()
            };
            let (campaign, brand) = (id("campaign", "c1").await, id("brand", "b0").await);
            let delivery = |usage: &Usage| world.deliveries[usage.delivery];
            type Fits<'a> = Box<dyn Fn(&Usage, usize) -> bool + 'a>;
            let filters: Vec<(Value, Fits<'_>)> = vec![
                (Value::Null, Box::new(|_, _| true)),
                (json!({ "channel": "EMAIL" }), Box::new(|usage, _| delivery(usage).1 == "EMAIL")),
                (json!({ "campaign": campaign }), Box::new(|usage, _| delivery(usage).0 == 1)),
                (json!({ "brand": brand }), Box::new(|_, asset| world.brands[asset] == Some(0))),
                (
                    json!({ "brand": brand, "campaign": campaign, "channel": "WEB" }),
                    Box::new(|usage, asset| {
                        let (campaign, channel) = delivery(usage);
                        world.brands[asset] == Some(0) && campaign == 1 && channel == "WEB"
                    }),
                ),
            ];
            for (filter, fits) in &filters {
                for first in [3, 100] {
                    let found = lineage(&gateway, filter, first).await;
                    assert_eq!(found, world.told(fits), "{filter}, seed {seed}");
                }
            }
        })
        .await;
    }
}
