//! Repetition, the breaker, and the cap on calls in the air.

use std::time::Instant;

use http::Method;
use weft::error::Code;
use weft::outbound::{BreakerRules, BreakerState, Call, Rules, State};

use super::{Desk, SOON, code, get, good, milliseconds, now, policy, rules, seconds};
use crate::support::upstream::{Gate, Reply, Upstream};

fn repeating(retries: u32) -> Rules {
    Rules { retries, ..rules() }
}

fn breaking(failures: u32) -> Rules {
    Rules { breaker: BreakerRules { failures, open_for: seconds(30) }, ..rules() }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let desk = Desk::new();
    for reply in
        [Reply::status(502), Reply::status(503), Reply::status(504), Reply::close(), good().then_close()]
    {
        let upstream = Upstream::replies(vec![reply.clone(), reply, good()]).await;
        let answer = desk.get(&policy(repeating(2)), &upstream).await.expect("the third time it answers");
        assert_eq!((answer.state, upstream.calls()), (State::Live, 3));
    }
}

#[tokio::test]
async fn it_is_tried_again_as_often_as_allowed_and_no_more() {
    let upstream = Upstream::always(Reply::status(503)).await;
    let outcome = Desk::new().get(&policy(repeating(2)), &upstream).await;
    let failure = outcome.expect_err("it never answers");
    assert_eq!(failure.to_string(), "The source `dam` is unavailable: it answered 503.");
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test]
async fn what_will_not_pass_or_may_have_worked_is_sent_once() {
    let desk = Desk::new();
    for status in [500, 501, 400, 401, 404] {
        let upstream = Upstream::always(Reply::status(status)).await;
        let _ = desk.get(&policy(repeating(5)), &upstream).await;
        assert_eq!(upstream.calls(), 1, "{status}");
    }
    for reply in [Reply::status(503), Reply::close()] {
        let upstream = Upstream::always(reply).await;
        let mut call = Call::new(policy(repeating(5)), Method::POST, upstream.url("/items"));
        assert!(!call.idempotent);
        call.body = "{}".into();
        assert_eq!(code(&desk.outbound.send(call).await), Code::UpstreamUnavailable);
        assert_eq!(upstream.calls(), 1);
    }
}

#[tokio::test]
async fn nothing_is_repeated_beyond_the_deadline() {
    let upstream = Upstream::always(Reply::status(503)).await;
    // The longest pauses there are: 100, 200, 400 … milliseconds.
    let desk = Desk::with(|surroundings| surroundings.chance = std::sync::Arc::new(|| 1.0));
    let mut call = get(&policy(repeating(50)), &upstream);
    call.deadline = tokio::time::Instant::now() + milliseconds(100);
    assert!(desk.outbound.send(call).await.is_err());
    assert_eq!(upstream.calls(), 1, "a pause of 100 milliseconds does not fit");
}

#[tokio::test]
async fn a_source_that_keeps_failing_is_left_alone() {
    let upstream = Upstream::always(Reply::status(500)).await;
    let desk = Desk::new();
    let policy = policy(breaking(3));
    for _ in 0..3 {
        assert_eq!(policy.health(now()).breaker, BreakerState::Closed);
        assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamUnavailable);
    }
    let health = policy.health(now());
    assert_eq!(health.breaker, BreakerState::Open { until: now() + 30_000_000 });
    assert_eq!(health.last_failure, Some((Code::UpstreamUnavailable, now())));
    let mut quickest = SOON;
    for _ in 0..100 {
        let begun = Instant::now();
        assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamUnavailable);
        quickest = quickest.min(begun.elapsed());
    }
    assert!(quickest < milliseconds(1), "a refusal takes {quickest:?}");
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test]
async fn one_that_hangs_opens_the_breaker() {
    let upstream = Upstream::always(Reply::never()).await;
    let desk = Desk::new();
    for shared in [true, false] {
        let policy = policy(Rules { timeout: milliseconds(50), shared, ..breaking(2) });
        for _ in 0..2 {
            assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamTimeout);
        }
        assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamUnavailable);
    }
    assert_eq!(upstream.calls(), 4);
}

#[tokio::test]
async fn a_caller_in_a_hurry_says_nothing_of_the_source() {
    let upstream = Upstream::always(Reply::never()).await;
    let desk = Desk::new();
    let policy = policy(breaking(1));
    let mut call = get(&policy, &upstream);
    call.deadline = tokio::time::Instant::now() + milliseconds(50);
    assert_eq!(code(&desk.outbound.send(call).await), Code::UpstreamTimeout);
    assert_eq!(policy.health(now()).breaker, BreakerState::Closed);
}

#[tokio::test]
async fn after_a_while_one_call_tries() {
    let gate = Gate::shut();
    let held = Reply::status(500).behind(&gate);
    let upstream = Upstream::replies(vec![Reply::status(500), held, good()]).await;
    let desk = Desk::new();
    let policy = policy(Rules { shared: false, ..breaking(1) });
    assert!(desk.get(&policy, &upstream).await.is_err());
    desk.pass(seconds(29));
    assert!(desk.get(&policy, &upstream).await.is_err());
    assert_eq!(upstream.calls(), 1);
    desk.pass(seconds(1));
    assert_eq!(policy.health(desk.clock.now()).breaker, BreakerState::HalfOpen);
    let probe = tokio::spawn({
        let (outbound, call) = (desk.outbound.clone(), get(&policy, &upstream));
        async move { outbound.send(call).await }
    });
    upstream.reached(2).await;
    for _ in 0..10 {
        assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamUnavailable);
    }
    gate.open();
    assert!(probe.await.expect("the probe ends").is_err());
    assert!(desk.get(&policy, &upstream).await.is_err(), "it is left alone again");
    assert_eq!(upstream.calls(), 2);
    desk.pass(seconds(30));
    assert!(desk.get(&policy, &upstream).await.is_ok());
    assert!(desk.get(&policy, &upstream).await.is_ok());
    assert_eq!(policy.health(desk.clock.now()).breaker, BreakerState::Closed);
}

#[tokio::test]
async fn a_try_that_is_given_up_leaves_room_for_the_next() {
    let upstream = Upstream::replies(vec![Reply::status(500), Reply::never(), good()]).await;
    let desk = Desk::new();
    let policy = policy(breaking(1));
    assert!(desk.get(&policy, &upstream).await.is_err());
    desk.pass(seconds(30));
    let mut call = get(&policy, &upstream);
    call.deadline = tokio::time::Instant::now() + milliseconds(50);
    assert_eq!(code(&desk.outbound.send(call).await), Code::UpstreamTimeout);
    assert!(desk.get(&policy, &upstream).await.is_ok());
}

#[tokio::test]
async fn refusals_and_rubbish_do_not_open_the_breaker() {
    let desk = Desk::new();
    for reply in [Reply::status(401), Reply::status(404), Reply::text("[".repeat(100)), Reply::status(429)] {
        let upstream = Upstream::always(reply).await;
        let policy = policy(breaking(1));
        let _ = desk.get(&policy, &upstream).await;
        assert_eq!(policy.health(now()).breaker, BreakerState::Closed);
    }
}

#[tokio::test]
async fn no_more_calls_are_in_the_air_than_allowed() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(Rules { max_concurrency: 2, ..rules() });
    let send = |path: String| {
        let outbound = desk.outbound.clone();
        let call = Call::new(policy.clone(), Method::GET, upstream.url(&path));
        tokio::spawn(async move { outbound.send(call).await })
    };
    let sent: Vec<_> = (0..5).map(|item| send(format!("/items/{item}"))).collect();
    upstream.reached(2).await;
    // A call that cannot have its turn in its time was never sent.
    let begun = Instant::now();
    let mut waiting = Call::new(policy.clone(), Method::GET, upstream.url("/late"));
    waiting.deadline = tokio::time::Instant::now() + milliseconds(50);
    assert_eq!(code(&desk.outbound.send(waiting).await), Code::UpstreamTimeout);
    assert!(begun.elapsed() < SOON);
    assert_eq!(upstream.calls(), 2);
    gate.open();
    for call in sent {
        assert!(call.await.expect("it ends").is_ok());
    }
    assert_eq!(upstream.calls(), 5);
    assert!(upstream.asked().iter().all(|asked| asked.target != "/late"));
}

#[tokio::test]
async fn a_source_that_comes_back_is_used_again() {
    let mut upstream = Upstream::always(good()).await;
    let desk = Desk::new();
    let policy = policy(rules());
    assert!(desk.get(&policy, &upstream).await.is_ok());
    upstream.stop().await;
    assert_eq!(code(&desk.get(&policy, &upstream).await), Code::UpstreamUnavailable);
    upstream.start_again().await;
    assert!(desk.get(&policy, &upstream).await.is_ok());
}
