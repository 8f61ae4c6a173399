//! What a source costs a query at most: its deadline where it hangs, and next to nothing where its breaker is open.

use std::time::{Duration, Instant};

use serde_json::json;
use weft::config::Limits;

use super::world::{dam, dam_one_by_one, of, settings};
use crate::support::{Gateway, Said, Vendor, both_with};

const LIVE: &str = "{ assets { edges { node { title live { title } } } } }";
const STORED: &str = "{ assets { edges { node { title } } } }";

#[tokio::test]
async fn a_source_that_hangs_costs_its_deadline() {
    let upstream = Vendor::saying(|_| Said::never()).await;
    let mut config = settings(&[("dam", dam(), &upstream.url)]);
    config.graphql.limits = Limits { seconds: 1, ..Limits::default() };
    both_with(config, |gateway| async move {
        gateway.import(&of("Asset", "dam", 1)).await;
        let begun = Instant::now();
        assert_eq!(gateway.query(LIVE, json!({})).await.codes(), ["UPSTREAM_TIMEOUT"]);
        let took = begun.elapsed();
        assert!((Duration::from_millis(900)..Duration::from_secs(3)).contains(&took), "{took:?}");
    })
    .await;
}

/// The fastest of many, which is what a query costs where nobody else is at work.
async fn fastest(gateway: &Gateway, query: &str) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..100 {
        let begun = Instant::now();
        let answer = gateway.query(query, json!({})).await;
        fastest = fastest.min(begun.elapsed());
        assert!(answer.body["data"]["assets"]["edges"][0]["node"]["title"].is_string(), "{:#}", answer.body);
    }
    fastest
}

#[tokio::test]
async fn a_source_whose_breaker_is_open_costs_less_than_a_millisecond() {
    let upstream = Vendor::saying(|_| Said::status(500)).await;
    both_with(settings(&[("dam", dam_one_by_one(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&of("Asset", "dam", 1)).await;
            upstream.asked();
            for _ in 0..5 {
                gateway.query(LIVE, json!({})).await;
            }
            assert_eq!(upstream.asked().len(), 5);
            let (without, with) = (fastest(&gateway, STORED).await, fastest(&gateway, LIVE).await);
            assert_eq!(upstream.asked().len(), 0, "an open breaker lets no call through");
            let costs = with.saturating_sub(without);
            // Postgres is asked once more, over a socket, for what the source calls the thing.
            assert!(
                costs
                    < Duration::from_millis(if gateway.dialect() == weft::store::Dialect::Sqlite {
                        1
                    } else {
                        2
                    }),
                "{costs:?}"
            );
        }
    })
    .await;
}
