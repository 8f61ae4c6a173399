//! Rates: what a source says of its own, in every form, and what is declared for it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use weft::clock::Micros;
use weft::error::Code;
use weft::outbound::{Answer, Budget, Cause, Failure, RateRules, Rules, Wait};

use super::{Desk, code, get, good, milliseconds, now, policy, rules, seconds};
use crate::support::upstream::{Gate, Reply, Upstream};

fn until(outcome: Result<Answer, Failure>) -> Option<Micros> {
    match outcome.expect_err("too many calls").cause {
        Cause::RateLimited { until } => until,
        other => panic!("{other:?}"),
    }
}

fn too_many() -> Reply {
    Reply::status(429)
}

fn after(seconds: i64) -> Option<Micros> {
    Some(now() + seconds * 1_000_000)
}

#[tokio::test]
async fn the_wait_is_read_in_every_form() {
    // The clock stands at noon of Monday, the first of June 2026.
    for (value, expected) in [
        ("3", after(3)),
        ("0", after(0)),
        ("1.5", Some(now() + 1_500_000)),
        (" 7 ", after(7)),
        ("Mon, 01 Jun 2026 12:00:09 GMT", after(9)),
        ("Monday, 01-Jun-26 12:00:09 GMT", after(9)),
        ("2026-06-01T12:00:10Z", after(10)),
        ("2026-06-01T14:00:10.500+02:00", Some(now() + 10_500_000)),
        ("2026-06-01T12:00:11", after(11)),
        ("1780315212", after(12)),
        ("1780315213000", after(13)),
        ("Mon, 01 Jun 2026 11:00:00 GMT", after(0)),
        ("2030-01-01T00:00:00Z", after(3_600)),
        ("99999999", after(3_600)),
        ("1e300", after(3_600)),
        ("-5", None),
        ("NaN", None),
        ("soon", None),
        ("", None),
    ] {
        let upstream = Upstream::always(too_many().header("retry-after", value)).await;
        let desk = Desk::new();
        let policy = policy(rules());
        assert_eq!(until(desk.get(&policy, &upstream).await), expected, "{value}");
        assert_eq!(policy.health(now()).last_failure, Some((Code::UpstreamRateLimited, now())));
        if value != "0" && !value.contains("11:00") {
            assert_eq!(until(desk.get(&policy, &upstream).await), expected, "{value}: it is not asked again");
            assert_eq!(upstream.calls(), 1, "{value}");
        }
    }
}

#[tokio::test]
async fn a_date_is_read_by_the_clock_of_who_says_it() {
    let skewed = too_many()
        .header("date", "Mon, 01 Jun 2026 09:00:00 GMT")
        .header("retry-after", "Mon, 01 Jun 2026 09:00:20 GMT");
    let upstream = Upstream::always(skewed).await;
    assert_eq!(until(Desk::new().get(&policy(rules()), &upstream).await), after(20));
}

#[tokio::test]
async fn while_it_asks_for_quiet_nothing_is_sent() {
    let upstream = Upstream::replies(vec![too_many().header("retry-after", "10"), good()]).await;
    let desk = Desk::new();
    let policy = policy(Rules { retries: 3, ..rules() });
    let failure = desk.get(&policy, &upstream).await.expect_err("too many calls");
    let words = "The source `dam` takes no more calls before 2026-06-01T12:00:10Z; try again then.";
    assert_eq!(failure.to_string(), words, "ten seconds do not fit into the call's five");
    assert_eq!(policy.health(now()).limited_until, after(10));
    desk.pass(milliseconds(9_999));
    assert_eq!(until(desk.get(&policy, &upstream).await), after(10));
    assert_eq!(upstream.calls(), 1);
    desk.pass(milliseconds(1));
    assert!(desk.get(&policy, &upstream).await.is_ok());
    assert_eq!(policy.health(desk.clock.now()).limited_until, None);
}

#[tokio::test]
async fn the_longest_of_crossing_waits_holds() {
    let gate = Gate::shut();
    let short = too_many().header("retry-after", "10");
    let upstream = Upstream::replies(vec![too_many().behind(&gate), short.behind(&gate), good()]).await;
    let desk = Desk::new();
    let policy = policy(Rules { shared: false, ..rules() });
    let send = || {
        let (outbound, call) = (desk.outbound.clone(), get(&policy, &upstream));
        tokio::spawn(async move { outbound.send(call).await })
    };
    let sent = [send(), send()];
    upstream.reached(2).await;
    gate.open();
    for call in sent {
        assert_eq!(code(&call.await.expect("it ends")), Code::UpstreamRateLimited);
    }
    assert_eq!(until(desk.get(&policy, &upstream).await), after(10));
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nothing_shut() {
    let upstream = Upstream::replies(vec![too_many().header("retry-after", "60"), good()]).await;
    let desk = Desk::new();
    let policy = policy(Rules { budgets: vec![Budget::new(1, seconds(60))], ..rules() });
    assert!(desk.get(&policy, &upstream).await.is_err());
    let weft::clock::Clock::Set(clock) = &desk.clock else { panic!("the tests' clock can be set") };
    clock.store(now() - 86_400_000_000, std::sync::atomic::Ordering::SeqCst);
    assert!(desk.get(&policy, &upstream).await.is_ok());
}

#[tokio::test]
async fn a_wait_that_fits_is_waited() {
    let upstream = Upstream::replies(vec![too_many().header("retry-after", "0.05"), good()]).await;
    let begun = std::time::Instant::now();
    let outcome = Desk::new().get(&policy(Rules { retries: 1, ..rules() }), &upstream).await;
    assert!(outcome.is_ok());
    assert!(begun.elapsed() >= milliseconds(50));
    assert_eq!(upstream.calls(), 2);
}

#[tokio::test]
async fn one_that_does_not_say_how_long_is_asked_less_and_less() {
    let upstream = Upstream::always(too_many()).await;
    let desk = Desk::new();
    let policy = policy(Rules { retries: 3, ..rules() });
    for wait in [1, 2, 4, 8, 16, 32, 64, 64] {
        let calls = upstream.calls();
        assert_eq!(until(desk.get(&policy, &upstream).await), None);
        assert_eq!(upstream.calls(), calls + 1);
        desk.pass(seconds(wait) - Duration::from_micros(1));
        assert_eq!(until(desk.get(&policy, &upstream).await), None);
        assert_eq!(upstream.calls(), calls + 1, "{wait}");
        desk.pass(Duration::from_micros(1));
    }
}

#[tokio::test]
async fn a_503_is_a_limit_where_it_says_how_long() {
    let desk = Desk::new();
    let busy = Upstream::always(Reply::status(503).header("retry-after", "60")).await;
    assert_eq!(until(desk.get(&policy(rules()), &busy).await), after(60));
    let down = Upstream::always(Reply::status(503)).await;
    assert_eq!(code(&desk.get(&policy(rules()), &down).await), Code::UpstreamUnavailable);
}

#[tokio::test]
async fn the_wait_may_stand_in_the_body() {
    let read: weft::outbound::ReadWait = Arc::new(|_, body| {
        let body: Value = serde_json::from_slice(body).ok()?;
        body["errors"][0]["extensions"]["reset"].as_str().map(str::to_owned)
    });
    let rate = RateRules { waits: vec![Wait::Read(read)], ..RateRules::default() };
    let body = json!({ "errors": [{ "extensions": { "limit": 50, "reset": "2026-06-01T12:00:03.137Z" } }] });
    let upstream = Upstream::always(Reply::json(&body).with_status(429)).await;
    let policy = policy(Rules { rate, ..rules() });
    assert_eq!(until(Desk::new().get(&policy, &upstream).await), Some(now() + 3_137_000));
}

#[tokio::test]
async fn a_source_whose_calls_are_used_up_is_not_asked() {
    for headers in [
        vec![("ratelimit-remaining", "0"), ("ratelimit-reset", "30")],
        vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1780315230")],
        vec![("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "2026-06-01T12:00:30Z")],
        vec![("ratelimit", "limit=100, remaining=0, reset=30")],
        vec![("ratelimit", r#""burst";r=0;t=30, "daily";r=900;t=40000"#)],
    ] {
        let reply = headers.iter().fold(good(), |reply, (name, value)| reply.header(name, *value));
        let upstream = Upstream::replies(vec![reply, good()]).await;
        let desk = Desk::new();
        let policy = policy(rules());
        assert!(desk.get(&policy, &upstream).await.is_ok(), "{headers:?}");
        assert_eq!(policy.health(now()).remaining, Some(0), "{headers:?}");
        assert_eq!(until(desk.get(&policy, &upstream).await), after(30), "{headers:?}");
        desk.pass(seconds(30));
        assert_eq!(policy.health(desk.clock.now()).remaining, None);
        assert!(desk.get(&policy, &upstream).await.is_ok(), "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_left_is_shown() {
    let left = good().header("ratelimit-remaining", "41").header("ratelimit-reset", "30");
    let upstream = Upstream::always(left).await;
    let policy = policy(rules());
    assert!(Desk::new().get(&policy, &upstream).await.is_ok());
    assert_eq!(policy.health(now()).remaining, Some(41));
}

#[tokio::test]
async fn a_declared_budget_is_never_overdrawn() {
    let upstream = Upstream::always(good()).await;
    let desk = Desk::new();
    let source = Budget::new(5, seconds(60));
    let reports = Budget::new(2, seconds(10));
    let report = policy(Rules { budgets: vec![source.clone(), reports], ..rules() });
    let list = policy(Rules { budgets: vec![source], ..rules() });
    assert_eq!((report.health(now()).remaining, list.health(now()).remaining), (Some(2), Some(5)));
    assert!(desk.get(&report, &upstream).await.is_ok());
    desk.pass(seconds(4));
    assert!(desk.get(&report, &upstream).await.is_ok());
    assert_eq!(until(desk.get(&report, &upstream).await), after(10), "its own two are spent");
    assert_eq!(list.health(desk.clock.now()).remaining, Some(3), "a refusal costs the other budget nothing");
    for _ in 0..3 {
        assert!(desk.get(&list, &upstream).await.is_ok());
    }
    assert_eq!(until(desk.get(&list, &upstream).await), after(60));
    desk.pass(seconds(10));
    assert_eq!(until(desk.get(&report, &upstream).await), after(60), "the source's five are spent too");
    assert_eq!(upstream.calls(), 5);
    desk.pass(seconds(46));
    assert!(desk.get(&report, &upstream).await.is_ok(), "the first of five is a minute old");
    assert_eq!(until(desk.get(&report, &upstream).await), after(64));
}

#[tokio::test]
async fn every_repetition_costs() {
    let upstream = Upstream::always(Reply::status(503)).await;
    let policy = policy(Rules { retries: 9, budgets: vec![Budget::new(2, seconds(60))], ..rules() });
    let outcome = Desk::new().outbound.send(get(&policy, &upstream)).await;
    assert_eq!(until(outcome), after(60));
    assert_eq!(upstream.calls(), 2);
}
