//! Live fields: how many calls a query makes, what it is answered when sources fail, and where each answer came from.

mod entities;
mod failing;
mod promises;
mod telling;
mod tokens;
mod world;

use serde_json::{Value, json};
use weft::config::Limits;

use crate::support::{Gateway, Vendor, both_with};
use world::{ads, dam, dam_one_by_one, decided, named, of, settings};

/// A hundred usages of ten assets.
fn usages() -> String {
    let mut lines = of("Asset", "dam", 10);
    for usage in 0..100 {
        let asset = json!({ "source": "dam", "key": format!("asset-{}", usage % 10) });
        let line = json!({ "type": "Usage", "key": format!("u-{usage}"), "asset": asset });
        lines.push_str(&format!("{line}\n"));
    }
    lines
}

const USAGES: &str =
    "{ usages(first: 100) { edges { node { asset { live { source status title fetchedAt } } } } } }";

async fn hundred(gateway: &Gateway) {
    let data = gateway.data(USAGES, json!({})).await;
    let edges = data["usages"]["edges"].as_array().expect("edges");
    assert_eq!(edges.len(), 100);
    for edge in edges {
        let live = &edge["node"]["asset"]["live"];
        assert_eq!(live["source"], "dam");
        assert_eq!(live["status"], "APPROVED");
        assert!(live["title"].as_str().is_some_and(|title| title.starts_with("Live asset-")), "{live}");
        assert_eq!(live["fetchedAt"], "2026-06-01T12:00:00Z");
    }
}

#[tokio::test]
async fn a_hundred_parents_with_ten_things_are_one_call() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&usages()).await;
            hundred(&gateway).await;
            let calls = upstream.asked();
            assert_eq!(calls.len(), 1, "{calls:?}");
            let mut ids = calls[0].ids();
            ids.sort();
            assert_eq!(ids, (0..10).map(|id| format!("asset-{id}")).collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn a_hundred_parents_with_ten_things_are_ten_calls_where_each_goes_alone() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam_one_by_one(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&usages()).await;
            hundred(&gateway).await;
            assert_eq!(upstream.paths(), (0..10).map(|id| format!("/assets/asset-{id}")).collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn several_places_of_a_query_share_one_call() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&usages()).await;
            let query = r#"{
                one: asset(key: {source: "dam", value: "asset-3"}) { live { title } ...More }
                other: asset(key: {source: "dam", value: "asset-4"}) { live(maxAge: 5) { t: title } }
                assets(first: 5) { edges { node { live { title } usages(first: 2) { edges { node { asset { live { title renditions { url } } } } } } } } }
            } fragment More on Asset { live { status ... { title __typename } renditions { name } renditions { width } } }"#;
            let data = gateway.data(query, json!({})).await;
            assert_eq!(
                data["one"]["live"],
                json!({ "title": "Live asset-3", "status": "APPROVED", "__typename": "AssetLive",
                        "renditions": [{ "name": "small", "width": 320 }, { "name": "large", "width": 1920 }] })
            );
            assert_eq!(data["other"]["live"], json!({ "t": "Live asset-4" }));
            let first = &data["assets"]["edges"][0]["node"]["usages"]["edges"][1]["node"]["asset"]["live"];
            assert_eq!(first["renditions"][0]["url"], "https://dam.test/asset-0/small");
            let calls = upstream.asked();
            assert_eq!(calls.len(), 1, "{calls:?}");
            assert_eq!(calls[0].ids().len(), 5);
        }
    })
    .await;
}

#[tokio::test]
async fn entities_that_gateways_ask_for_are_live_too() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| async move {
        gateway.import(&of("Asset", "dam", 2)).await;
        let data = gateway.data("{ assets { edges { node { id } } } }", json!({})).await;
        let id = |place: usize| data["assets"]["edges"][place]["node"]["id"].clone();
        let asked = json!([{ "__typename": "Asset", "id": id(0) }, { "__typename": "Asset", "id": id(1) },
                           { "__typename": "Asset", "id": id(0) }]);
        let query =
            "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Asset { live { title } } } }";
        let data = gateway.data(query, json!({ "of": asked })).await;
        let titles: Vec<&Value> =
            data["_entities"].as_array().expect("a list").iter().map(|of| &of["live"]["title"]).collect();
        assert_eq!(titles, ["Live asset-0", "Live asset-1", "Live asset-0"]);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_selected_is_asked_for() {
    let upstream = Vendor::saying(named).await;
    let sources = settings(&[("cdp", world::cdp(), &upstream.url), ("ads", ads(), &upstream.url)]);
    both_with(sources, |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&(of("Audience", "cdp", 2) + &of("Delivery", "ads", 2))).await;
            for (list, selection, expected) in [
                ("audiences", "source __typename", vec![]),
                (
                    "audiences",
                    "size sizeAsOf",
                    vec!["/segments/audience-0/count", "/segments/audience-1/count"],
                ),
                ("audiences", "status", vec!["/segments"]),
                ("audiences", "fetchedAt", vec!["/segments"]),
                ("deliveries", "status", vec!["/line-items"]),
                ("deliveries", "spend performance { clicks } fetchedAt", vec!["/stats"]),
                ("deliveries", "status frequency", vec!["/line-items", "/stats"]),
                ("deliveries", "performance { revenue }", vec![]),
            ] {
                let query = format!("{{ {list} {{ edges {{ node {{ live {{ {selection} }} }} }} }} }}");
                let data = gateway.data(&query, json!({})).await;
                assert!(data[list]["edges"][1]["node"]["live"].is_object(), "{selection}: {data}");
                assert_eq!(upstream.paths(), expected, "{selection}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn values_come_in_the_types_of_the_graph() {
    let upstream = Vendor::saying(named).await;
    let sources = settings(&[("cdp", world::cdp(), &upstream.url), ("ads", ads(), &upstream.url)]);
    both_with(sources, |gateway| async move {
        gateway.import(&(of("Audience", "cdp", 1) + &of("Delivery", "ads", 1))).await;
        let query = "{ audiences { edges { node { size live { size sizeAsOf status } } } }
            deliveries { edges { node { live { status spend currency frequency
              performance { impressions clicks cost currency observedAt reach } } } } } }";
        let data = gateway.data(query, json!({})).await;
        assert_eq!(
            data["audiences"]["edges"][0]["node"],
            json!({ "size": null, "live": { "size": 5_000_000_000_i64, "sizeAsOf": "2026-06-01T10:00:00Z", "status": "ACTIVE" } })
        );
        let figures = json!({ "impressions": 1000, "clicks": 20, "cost": 12.5, "currency": "EUR",
                              "observedAt": "2026-06-01T11:00:00Z", "reach": null });
        assert_eq!(
            data["deliveries"]["edges"][0]["node"]["live"],
            json!({ "status": "ACTIVE", "spend": 12.5, "currency": "EUR", "frequency": 1.75, "performance": figures })
        );
    })
    .await;
}

#[tokio::test]
async fn the_first_source_that_knows_a_thing_and_can_say_it_answers() {
    let (first, second) = (Vendor::saying(named).await, Vendor::saying(named).await);
    let sources = settings(&[("dam", dam(), &first.url), ("other", dam_one_by_one(), &second.url)]);
    both_with(sources, |gateway| {
        let (first, second) = (&first, &second);
        async move {
            let both = json!({ "type": "Asset", "key": "both", "title": "Both",
                "externalIds": [{ "source": "other", "value": "x" }, { "source": "dam", "value": "y" }] });
            let one = json!({ "type": "Asset", "key": "1", "title": "One", "externalIds": [{ "source": "other", "value": "one" }] });
            let none = json!({ "type": "Asset", "key": "none", "title": "None" });
            gateway.import(&format!("{both}\n{one}\n{none}\n")).await;
            let data = gateway
                .data("{ assets { edges { node { title live { source title } } } } }", json!({}))
                .await;
            let mut found: Vec<Value> = data["assets"]["edges"]
                .as_array()
                .expect("edges")
                .iter()
                .map(|edge| edge["node"].clone())
                .collect();
            found.sort_by_key(|node| node["title"].to_string());
            assert_eq!(
                found,
                [
                    json!({ "title": "Both", "live": { "source": "dam", "title": "Live y" } }),
                    json!({ "title": "None", "live": null }),
                    json!({ "title": "One", "live": { "source": "other", "title": "Live one" } }),
                ]
            );
            assert_eq!(
                (first.paths(), second.paths()),
                (vec!["/assets".to_owned()], vec!["/assets/one".to_owned()])
            );
        }
    })
    .await;
}

#[tokio::test]
async fn decisions_are_asked_for_each_context_once() {
    let upstream = Vendor::saying(decided).await;
    both_with(settings(&[("flags", world::flags(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&of("Decision", "flags", 2)).await;
            let query = r#"query ($visitor: JSON) { decisions { edges { node { live {
                source
                de: evaluate(context: {targetingKey: "v", country: "DE"}) { variant value reason source fetchedAt }
                again: evaluate(context: $visitor) { variant }
                open: evaluate { variant }
            } } } } }"#;
            let data =
                gateway.data(query, json!({ "visitor": { "targetingKey": "v", "country": "DE" } })).await;
            assert_eq!(
                data["decisions"]["edges"][1]["node"]["live"],
                json!({ "source": "flags",
                        "de": { "variant": "german", "value": { "text": "Hallo" }, "reason": "TARGETING_MATCH",
                                "source": "flags", "fetchedAt": "2026-06-01T12:00:00Z" },
                        "again": { "variant": "german" }, "open": { "variant": "plain" } })
            );
            let each = ["/evaluate/decision-0", "/evaluate/decision-1"];
            assert_eq!(upstream.paths(), [each[0], each[0], each[1], each[1]]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_of_sources_counts() {
    let upstream = Vendor::saying(named).await;
    let mut config = settings(&[("dam", dam(), &upstream.url)]);
    config.graphql.limits = Limits { cost: 2_500, ..Limits::default() };
    both_with(config, |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&of("Asset", "dam", 100)).await;
            let query = "query ($n: Int) { assets(first: $n) { edges { node { live { status title } } } } }";
            let answer = gateway.query(query, json!({ "n": 100 })).await;
            assert_eq!(answer.codes(), Vec::<&str>::new());
            assert_eq!(answer.statements(), 2, "the page, and the keys of all hundred");
            assert_eq!(upstream.asked().len(), 1);
            let twice = query
                .replace("live", "usages(first: 2) { edges { node { asset { live { status } } } } } live");
            let answer = gateway.query(&twice, json!({ "n": 100 })).await;
            assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
            assert_eq!(upstream.asked().len(), 0);
            let answer = gateway
                .query("{ assets(first: 1) { edges { node { live(maxAge: -1) { status } } } } }", json!({}))
                .await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        }
    })
    .await;
}
