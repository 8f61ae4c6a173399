//! Events on one thing by several of its names: what counts is when they happened, whichever name they spoke of it by.

use reqwest::Method;
use serde_json::{Value, json};
use weft::config::{Config, Hash, Key, May};

use super::{BATCH, event};
use crate::curation::sent;
use crate::support::{Answer, Gateway, both_with};

/// Who may send events and say what is one.
fn config() -> Config {
    let keys = vec![Key { name: "all".into(), hash: Hash::of("all"), may: vec![May::Curate, May::Ingest] }];
    Config { keys, anonymous: true, ..Config::default() }
}

fn named(source: &str, key: &str) -> Value {
    json!({ "key": { "source": source, "key": key } })
}

/// An event on a handoff that was let go of.
fn exited(id: &str, hour: u32, name: &Value, outcome: &str) -> Value {
    let mut data = name.clone();
    data["outcome"] = json!(outcome);
    event(id, "weft.handoff.exited", &format!("2026-05-05T{hour:02}:00:00Z"), data)
}

async fn take(gateway: &Gateway, events: &[Value]) {
    let request = gateway.request(Method::POST, "/events").bearer_auth("all").header("content-type", BATCH);
    let answer = Answer::of(request.body(json!(events).to_string())).await;
    let taken = |told: &Value| told["outcome"] == "TAKEN";
    assert!(answer.body.as_array().is_some_and(|told| told.iter().all(taken)), "{}", answer.text);
}

async fn handoff(gateway: &Gateway, source: &str, key: &str) -> Value {
    let query = "query ($key: Key!) { handoff(key: $key) { id exitedAt outcome } }";
    gateway.data(query, json!({ "key": { "source": source, "value": key } })).await["handoff"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_one_counts_by_whichever_name_they_come() {
    both_with(config(), |gateway| async move {
        // Each pair is one thing: because a file said so, because a person did before any event, or between them.
        let line = |source: &str, key: &str, more: Value| {
            let mut line = json!({ "type": "Handoff", "key": { "source": source, "key": key } });
            line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            format!("{line}\n")
        };
        let also = |key: &str| json!({ "externalIds": [{ "source": "wf", "value": key }] });
        let mut lines =
            line("jira", "1", also("1")) + &line("jira", "2", also("2")) + &line("jira", "3", also("3"));
        for key in ["4", "5", "6", "7"] {
            lines += &(line("jira", key, json!({})) + &line("wf", key, json!({})));
        }
        gateway.import(&lines).await;
        let (mut old, mut into) = (Vec::new(), Vec::new());
        for key in ["4", "5", "6", "7"] {
            into.push(handoff(&gateway, "jira", key).await["id"].clone());
            old.push(handoff(&gateway, "wf", key).await["id"].clone());
        }
        let merge = async |place: usize| {
            let merge =
                "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
            sent(&gateway, "all", merge, json!({ "into": into[place], "from": [old[place]] })).await.data();
        };
        merge(0).await;
        merge(1).await;
        let id = |id: &Value| json!({ "id": id });
        // The late one by another name, by the id of today, and by that from before the merge; and the other way round.
        let pairs = [
            ("1", named("jira", "1"), named("wf", "1")),
            ("2", named("wf", "2"), named("jira", "2")),
            ("4", named("jira", "4"), named("wf", "4")),
            ("5", id(&old[1]), named("jira", "5")),
            ("5", named("wf", "5"), id(&old[1])),
            ("4", id(&into[0]), named("wf", "4")),
        ];
        for (number, (key, one, other)) in pairs.iter().enumerate() {
            let hour = 2 * u32::try_from(number).expect("few") + 2;
            let late = exited(&format!("{number}-late"), hour - 1, other, "ACCEPTED");
            take(&gateway, &[exited(&format!("{number}-first"), hour, one, "RETURNED")]).await;
            take(&gateway, &[late]).await;
            let told = handoff(&gateway, "wf", key).await;
            let expected = (json!(format!("2026-05-05T{hour:02}:00:00Z")), json!("RETURNED"));
            assert_eq!((told["exitedAt"].clone(), told["outcome"].clone()), expected, "{one} and {other}");
        }
        // In the order of their times, each on its own and both at once: the same end.
        let in_order = [
            exited("3-a", 10, &named("wf", "3"), "ACCEPTED"),
            exited("3-b", 12, &named("jira", "3"), "RETURNED"),
        ];
        take(&gateway, &in_order[..1]).await;
        take(&gateway, &in_order[1..]).await;
        merge(3).await;
        take(
            &gateway,
            &[
                exited("7-b", 12, &named("jira", "7"), "RETURNED"),
                exited("7-a", 10, &named("wf", "7"), "ACCEPTED"),
            ],
        )
        .await;
        // They become one only after the first of them came.
        take(&gateway, &[exited("6-b", 12, &named("wf", "6"), "RETURNED")]).await;
        merge(2).await;
        take(&gateway, &[exited("6-a", 10, &named("jira", "6"), "ACCEPTED")]).await;
        for key in ["3", "6", "7"] {
            let told = handoff(&gateway, "jira", key).await;
            let expected = (&json!("2026-05-05T12:00:00Z"), &json!("RETURNED"));
            assert_eq!((&told["exitedAt"], &told["outcome"]), expected, "{key}");
        }
    })
    .await;
}
