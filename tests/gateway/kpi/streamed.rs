//! The eight KPIs over operations that were told by events, sent in every mode, twice, out of order and corrected, with
//! what they name partly coming after them: each held to the same plain loops.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::atomic::Ordering;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use weft::clock::Clock;

use super::chance::Chance;
use super::figures::{Filled, KEYS};
use super::happened::{Happened, happened};
use super::made::Money;
use crate::support::servers::long;
use crate::support::{Answer, Gateway, both};

/// Behind all that happens.
const NOW: &str = "2026-07-01T00:00:00Z";

/// Sends events in parts and modes that chance makes, and counts how many had to wait.
async fn send(gateway: &Gateway, chance: &mut Chance, events: &[Value]) -> u64 {
    let (mut left, mut waited) = (events, 0);
    while !left.is_empty() {
        let mode = chance.below(10);
        let count = if mode < 8 { 1 + chance.below(120) } else { 1 };
        let (now, later) = left.split_at(count.min(left.len()));
        left = later;
        let request = gateway.request(Method::POST, "/events");
        waited += match mode {
            0..4 => batch(request, now).await,
            4..8 => lines(request, now, mode.is_multiple_of(2)).await,
            8 => single(request, &now[0]).await,
            _ => binary(request, &now[0]).await,
        };
    }
    waited
}

fn waits(told: &Value) -> u64 {
    let outcome = told["outcome"].as_str().expect("an outcome");
    assert_ne!(outcome, "REJECTED", "{told:#}");
    u64::from(outcome == "WAITING")
}

async fn batch(request: RequestBuilder, events: &[Value]) -> u64 {
    let request = request.header("content-type", "application/cloudevents-batch+json");
    let answer = Answer::of(request.body(json!(events).to_string())).await;
    let told = answer.body.as_array().unwrap_or_else(|| panic!("{}", answer.text));
    assert_eq!(told.len(), events.len());
    told.iter().map(waits).sum()
}

async fn lines(request: RequestBuilder, events: &[Value], packed: bool) -> u64 {
    let mut body: Vec<u8> = events.iter().flat_map(|event| format!("{event}\n").into_bytes()).collect();
    let mut request = request.header("content-type", "application/x-ndjson");
    if packed {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&body).expect("it is packed");
        body = packer.finish().expect("it is packed");
        request = request.header("content-encoding", "gzip");
    }
    let answer = Answer::of(request.body(body)).await;
    let last: Value = serde_json::from_str(answer.text.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!(
        (&last["lines"], &last["total"]["rejected"]),
        (&json!(events.len()), &json!(0)),
        "{}",
        answer.text
    );
    last["total"]["waiting"].as_u64().expect("a number")
}

async fn single(request: RequestBuilder, event: &Value) -> u64 {
    let request = request.header("content-type", "application/cloudevents+json");
    waits(&Answer::of(request.body(event.to_string())).await.body)
}

async fn binary(request: RequestBuilder, event: &Value) -> u64 {
    let mut request = request.header("content-type", "application/json");
    for (name, value) in event.as_object().expect("an object").iter().filter(|(name, _)| *name != "data") {
        request = request.header(format!("ce-{name}"), value.as_str().expect("a text"));
    }
    waits(&Answer::of(request.body(event["data"].to_string())).await.body)
}

/// Tells all of it: lines, most of the events, more lines, and the events that are late.
async fn tell(gateway: &Gateway, chance: &mut Chance, happened: &Happened) {
    let mut events = happened.events.clone();
    events.extend(happened.events.iter().filter(|_| chance.often(20)).cloned());
    for place in (1..events.len()).rev() {
        events.swap(place, chance.below(place + 1));
    }
    let (early, late) = events.split_at(events.len() * 4 / 5);
    let [first, then, last] = &happened.lines;
    gateway.import(first).await;
    let waited = send(gateway, chance, early).await;
    assert!(waited > 20, "too little had to wait: {waited}");
    gateway.import(then).await;
    settle(gateway).await;
    send(gateway, chance, late).await;
    gateway.import(last).await;
    settle(gateway).await;
}

async fn settle(gateway: &Gateway) {
    let settled = weft::ingest::events::settle_waiting(&gateway.store, &gateway.clock).await;
    settled.expect("those that wait are tried again");
}

/// Every type of event there is was told, and every event counts.
async fn every_event_counts(gateway: &Gateway, happened: &Happened) {
    let listed = Answer::of(gateway.request(Method::GET, "/events/schema")).await;
    let types = listed.body["types"].as_array().expect("types").iter();
    let types: BTreeSet<&str> = types.map(|kind| kind["type"].as_str().expect("a type")).collect();
    let mut sent: BTreeMap<&str, i64> = BTreeMap::new();
    for event in &happened.events {
        *sent.entry(event["type"].as_str().expect("a type")).or_default() += 1;
    }
    assert_eq!(types.len(), 14);
    assert_eq!(sent.keys().copied().collect::<BTreeSet<_>>(), types);
    for (kind, count) in sent {
        let taken = format!("SELECT count(*) FROM event WHERE type = '{kind}' AND state = 'TAKEN'");
        assert_eq!(gateway.number(&taken).await, count, "{kind}");
    }
    assert_eq!(gateway.number("SELECT count(*) FROM event WHERE state <> 'TAKEN'").await, 0);
    assert_eq!(gateway.number("SELECT count(*) FROM event_rejected").await, 0);
}

/// What is exported of each thing that only events told is what the last word on each of its fields was.
async fn each_thing_is_as_told(gateway: &Gateway, happened: &Happened) {
    let mut exported = Vec::new();
    weft::ingest::export(&gateway.store, "import", &mut exported).await.expect("the export runs");
    let exported = String::from_utf8(exported).expect("text");
    let lines = exported.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let things: BTreeMap<String, Value> =
        lines.filter_map(|line| Some((line["key"].as_str()?.to_owned(), line))).collect();
    for key in &happened.told {
        let (line, thing) = (&happened.made.lines[key], &things[key]);
        let fields = line.as_object().expect("an object").iter();
        for (field, value) in fields {
            let mut found = thing.get(field).cloned().unwrap_or_default();
            if let (Value::Array(wanted), Value::Null) = (value, &found) {
                assert!(wanted.is_empty(), "{key}: {field} is {thing:#}");
                continue;
            }
            let mut wanted = value.clone();
            for list in [&mut found, &mut wanted] {
                if let Value::Array(values) = list {
                    values.sort_by_key(ToString::to_string);
                    values.dedup();
                }
            }
            assert_eq!(found, wanted, "{key}: {field} is {thing:#}");
        }
        for field in ["campaign", "ownerTeam", "subject", "outcome", "channel", "closedAt", "resolvedAt"] {
            assert_eq!(line.get(field).is_some(), thing.get(field).is_some(), "{key}: {field} is {thing:#}");
        }
    }
}

async fn hold(gateway: &Gateway, seed: u64, money: Money) {
    if let Clock::Set(clock) = &gateway.clock {
        clock.store(weft::clock::read(NOW).expect("a moment"), Ordering::SeqCst);
    }
    let chance = &mut Chance(seed);
    let happened = happened(chance, money);
    tell(gateway, chance, &happened).await;
    every_event_counts(gateway, &happened).await;
    each_thing_is_as_told(gateway, &happened).await;
    gateway.assert_sums().await;
    let filled = Filled::over(gateway, happened.made, seed).await;
    for key in KEYS {
        filled.hold(key, long()).await;
    }
}

/// Seeds from this one on: one, and the long way several.
async fn from(seed: u64, money: Money) {
    for round in 0..if long() { 4 } else { 1 } {
        both(|gateway| async move { hold(&gateway, seed + 100 * round, money).await }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_events_told_is_what_plain_loops_come_to() {
    from(21, Money::Plain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_events_told_is_what_plain_loops_come_to() {
    from(22, Money::Plain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_events_told_without_some_costs_is_what_plain_loops_come_to() {
    from(23, Money::Unknown).await;
}
