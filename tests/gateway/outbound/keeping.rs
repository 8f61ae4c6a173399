//! Answers that are kept: for how long, for whom, asked for anew by their ETag, and standing in when all else fails.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use weft::caller::Caller;
use weft::error::Code;
use weft::outbound::{BreakerRules, Budget, Call, Policy, Rules, State};

use super::{Desk, code, get, good, milliseconds, now, policy, rules, seconds};
use crate::support::upstream::{Reply, Upstream};

fn kept(ttl: u64, stale: u64) -> Rules {
    Rules { ttl: seconds(ttl), stale_if_error: seconds(stale), ..rules() }
}

/// Answers with the number of the request.
async fn counting() -> Upstream {
    Upstream::start(|asked| Reply::json(&json!(asked.number))).await
}

/// Answers with an ETag that stays as long as the body of the request does.
async fn tagged() -> Upstream {
    Upstream::start(|asked| {
        let tag = format!("\"{}\"", asked.body.len());
        match asked.header("if-none-match") == tag {
            true => Reply::status(304).header("etag", tag),
            false => Reply::json(&json!({ "asked": asked.number })).header("etag", tag),
        }
    })
    .await
}

#[tokio::test]
async fn an_answer_is_given_again_while_it_is_young() {
    let upstream = counting().await;
    let desk = Desk::new();
    let policy = policy(kept(60, 0));
    assert_eq!(desk.get(&policy, &upstream).await.expect("an answer").state, State::Live);
    desk.pass(milliseconds(59_999));
    let answer = desk.get(&policy, &upstream).await.expect("an answer");
    assert_eq!((answer.state, answer.fetched_at, &answer.body[..]), (State::Cached, now(), &b"0"[..]));
    desk.pass(milliseconds(1));
    let answer = desk.get(&policy, &upstream).await.expect("an answer");
    assert_eq!((answer.state, &answer.body[..]), (State::Live, &b"1"[..]));
    assert_eq!(upstream.calls(), 2);
}

#[tokio::test]
async fn a_call_may_ask_for_younger_but_not_for_older() {
    let upstream = counting().await;
    let desk = Desk::new();
    let policy = policy(kept(60, 0));
    let aged = async |max_age| {
        let call = Call { max_age: Some(seconds(max_age)), ..get(&policy, &upstream) };
        desk.outbound.send(call).await.expect("an answer").state
    };
    assert_eq!(aged(10).await, State::Live);
    assert_eq!(aged(0).await, State::Live);
    desk.pass(seconds(9));
    assert_eq!(aged(10).await, State::Cached);
    desk.pass(seconds(1));
    assert_eq!(aged(10).await, State::Live);
    desk.pass(seconds(60));
    assert_eq!(aged(600).await, State::Live);
    assert_eq!(upstream.calls(), 4);
}

#[tokio::test]
async fn nobody_is_given_what_another_was_told() {
    let upstream = counting().await;
    let desk = Desk::new();
    let policy = policy(kept(60, 60));
    let callers = [None, Some(Caller::Anonymous), Some(Caller::Named("studio".into()))];
    for round in [State::Live, State::Cached] {
        for (number, caller) in callers.iter().enumerate() {
            let call = Call { caller: caller.clone(), ..get(&policy, &upstream) };
            let answer = desk.outbound.send(call).await.expect("an answer");
            assert_eq!((answer.state, &answer.body[..]), (round, number.to_string().as_bytes()));
        }
    }
}

#[tokio::test]
async fn what_is_not_whole_or_not_idempotent_is_not_kept() {
    let desk = Desk::new();
    for status in [204, 207, 400, 422] {
        let upstream = Upstream::always(good().with_status(status)).await;
        let policy = policy(kept(60, 60));
        for _ in 0..2 {
            assert_eq!(desk.get(&policy, &upstream).await.expect("an answer").state, State::Live);
        }
    }
    let upstream = counting().await;
    let policy = policy(kept(60, 60));
    for _ in 0..2 {
        let call = Call::new(policy.clone(), Method::POST, upstream.url("/items"));
        assert_eq!(desk.outbound.send(call).await.expect("an answer").state, State::Live);
    }
    let missing = Upstream::always(good().with_status(404)).await;
    assert_eq!(desk.get(&policy, &missing).await.expect("an answer").state, State::Live);
    assert_eq!(desk.get(&policy, &missing).await.expect("an answer").state, State::Cached);
}

#[tokio::test]
async fn an_etag_asks_if_it_still_holds() {
    let upstream = tagged().await;
    let desk = Desk::new();
    let policy = policy(kept(10, 0));
    for pass in 0..3 {
        let answer = desk.get(&policy, &upstream).await.expect("an answer");
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &br#"{"asked":0}"#[..]));
        assert_eq!((answer.state, answer.fetched_at), (State::Live, now() + pass * 10_000_000));
        assert_eq!(
            desk.get(&policy, &upstream).await.expect("an answer").state,
            State::Cached,
            "it is renewed"
        );
        desk.pass(seconds(10));
    }
    let asked: Vec<_> =
        upstream.asked().iter().map(|asked| asked.header("if-none-match").to_owned()).collect();
    assert_eq!(asked, ["", "\"0\"", "\"0\""]);
}

#[tokio::test]
async fn an_etag_belongs_to_a_body_and_needs_no_time_to_live() {
    let upstream = tagged().await;
    let desk = Desk::new();
    let on = policy(rules());
    let send = async |policy: &Arc<Policy>, body: &'static str| {
        let mut call = Call::new(policy.clone(), Method::POST, upstream.url("/evaluate"));
        call.idempotent = true;
        call.body = body.into();
        desk.outbound.send(call).await.expect("an answer").body
    };
    assert_eq!(&send(&on, "1").await[..], br#"{"asked":0}"#);
    assert_eq!(&send(&on, "22").await[..], br#"{"asked":1}"#);
    assert_eq!(&send(&on, "1").await[..], br#"{"asked":0}"#);
    assert_eq!(&send(&on, "22").await[..], br#"{"asked":1}"#);
    let off = Policy::new("dam", "off", Rules { etag: false, ..rules() });
    assert_eq!(&send(&off, "1").await[..], br#"{"asked":4}"#);
    assert_eq!(&send(&off, "1").await[..], br#"{"asked":5}"#);
    let unasked = Upstream::always(Reply::status(304)).await;
    assert_eq!(code(&desk.get(&on, &unasked).await), Code::UpstreamInvalid);
}

#[tokio::test]
async fn when_the_source_is_away_what_was_kept_stands_in() {
    for reply in [
        Reply::status(500),
        Reply::status(503),
        Reply::close(),
        Reply::never(),
        Reply::status(429).header("retry-after", "5"),
    ] {
        let upstream = Upstream::replies(vec![good(), reply]).await;
        let desk = Desk::new();
        let policy = policy(Rules { timeout: milliseconds(300), ..kept(10, 60) });
        assert!(desk.get(&policy, &upstream).await.is_ok());
        desk.pass(seconds(69));
        let answer = desk.get(&policy, &upstream).await.expect("what was kept");
        assert_eq!((answer.state, answer.fetched_at), (State::Stale, now()));
        desk.pass(seconds(1));
        assert!(desk.get(&policy, &upstream).await.is_err(), "too old even for that");
    }
}

#[tokio::test]
async fn what_was_kept_stands_in_without_a_call_where_none_may_go_out() {
    let upstream = Upstream::replies(vec![good(), Reply::status(500)]).await;
    let desk = Desk::new();
    let breaker = BreakerRules { failures: 1, open_for: seconds(3_600) };
    let broken = policy(Rules { breaker, ..kept(10, 600) });
    let spent = policy(Rules { budgets: vec![Budget::new(1, seconds(3_600))], ..kept(10, 600) });
    let other = Upstream::always(good()).await;
    assert!(desk.get(&broken, &upstream).await.is_ok());
    assert!(desk.get(&spent, &other).await.is_ok());
    desk.pass(seconds(10));
    for _ in 0..3 {
        assert_eq!(desk.get(&broken, &upstream).await.expect("what was kept").state, State::Stale);
        assert_eq!(desk.get(&spent, &other).await.expect("what was kept").state, State::Stale);
    }
    assert_eq!((upstream.calls(), other.calls()), (2, 1));
}

#[tokio::test]
async fn one_that_refuses_us_or_answers_rubbish_is_not_covered_up() {
    let desk = Desk::new();
    for (reply, expected) in [
        (Reply::status(401), Code::UpstreamDenied),
        (Reply::status(403), Code::UpstreamDenied),
        (Reply::text("[".repeat(100)), Code::UpstreamInvalid),
    ] {
        let upstream = Upstream::replies(vec![good(), reply, Reply::status(500)]).await;
        let policy = policy(kept(10, 600));
        assert!(desk.get(&policy, &upstream).await.is_ok());
        desk.pass(seconds(10));
        assert_eq!(code(&desk.get(&policy, &upstream).await), expected);
        let denied = expected == Code::UpstreamDenied;
        assert_eq!(desk.get(&policy, &upstream).await.is_err(), denied, "what was denied is forgotten");
    }
}

#[tokio::test]
async fn what_is_known_to_have_changed_is_forgotten() {
    let upstream = counting().await;
    let desk = Desk::new();
    let policy = policy(kept(60, 60));
    assert_eq!(&desk.get(&policy, &upstream).await.expect("an answer").body[..], b"0");
    policy.forget();
    assert_eq!(&desk.get(&policy, &upstream).await.expect("an answer").body[..], b"1");
    assert_eq!(desk.get(&policy, &upstream).await.expect("an answer").state, State::Cached);
}

#[tokio::test]
async fn what_is_kept_is_bounded_in_bytes() {
    let upstream = Upstream::always(Reply::text(" ".repeat(10_000))).await;
    let desk = Desk::with(|surroundings| surroundings.kept_bytes = 5_000);
    let policy = policy(kept(60, 60));
    for _ in 0..2 {
        assert_eq!(desk.get(&policy, &upstream).await.expect("an answer").state, State::Live);
    }
}
