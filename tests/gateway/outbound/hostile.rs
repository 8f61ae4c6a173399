//! Upstreams that are slow, broken or malicious: each ends in a code, in bounded time, with bounded bytes read.

use std::time::Instant;

use serde_json::json;
use weft::error::Code;
use weft::outbound::{Form, Rules};

use super::{Desk, SOON, get, good, milliseconds, policy, rules, told};
use crate::support::upstream::{Reply, Upstream};

fn hurried() -> Rules {
    Rules { timeout: milliseconds(150), ..rules() }
}

fn small() -> Rules {
    Rules { max_bytes: 1_048_576, ..rules() }
}

#[tokio::test]
async fn one_that_hangs_costs_the_time_it_was_given() {
    let late = "The source `dam` did not answer in time.";
    for reply in [Reply::never(), good().then_nothing(), good().dripping()] {
        let upstream = Upstream::always(reply).await;
        let begun = Instant::now();
        assert_eq!(told(&upstream, hurried(), late).await, Code::UpstreamTimeout);
        assert!(begun.elapsed() >= milliseconds(150));
        upstream.given_up(1).await;
        assert_eq!(upstream.calls(), 1);
    }
}

#[tokio::test]
async fn the_callers_deadline_holds_too() {
    let upstream = Upstream::always(Reply::never()).await;
    let desk = Desk::new();
    let policy = policy(rules());
    for idempotent in [true, false] {
        let begun = Instant::now();
        let mut call = get(&policy, &upstream);
        call.idempotent = idempotent;
        call.deadline = tokio::time::Instant::now() + milliseconds(50);
        assert_eq!(super::code(&desk.outbound.send(call).await), Code::UpstreamTimeout);
        assert!(begun.elapsed() < SOON);
    }
    let mut late = get(&policy, &upstream);
    late.deadline = tokio::time::Instant::now();
    assert_eq!(super::code(&desk.outbound.send(late).await), Code::UpstreamTimeout);
    assert_eq!(upstream.calls(), 2, "what is too late is not sent");
}

#[tokio::test]
async fn one_that_breaks_off_is_unavailable() {
    let before = "The source `dam` is unavailable: it gave no answer that is HTTP.";
    let halfway = "The source `dam` is unavailable: it closed the connection half-way.";
    for (reply, words) in [
        (Reply::close(), before),
        (Reply::raw("220 mail.example ESMTP\r\n"), before),
        (Reply::raw("HTTP/1.1 200 OK\r\n".to_owned() + &"x: y\r\n".repeat(1_000_000)), before),
        (Reply::raw("HTTP/1.1 200 OK\r\nx: ".to_owned() + &"y".repeat(20_000_000)), before),
        (good().then_close(), halfway),
        (good().gzip().then_close(), halfway),
    ] {
        let upstream = Upstream::always(reply).await;
        assert_eq!(told(&upstream, rules(), words).await, Code::UpstreamUnavailable);
        assert!(upstream.written() < 10_000_000, "a head without end is not read to its end");
    }
    let plain = Upstream::always(good()).await;
    let mut secret = get(&policy(rules()), &plain);
    secret.url.set_scheme("https").expect("a scheme");
    assert_eq!(super::code(&Desk::new().outbound.send(secret).await), Code::UpstreamUnavailable);
    let mut gone = Upstream::always(good()).await;
    gone.stop().await;
    let words = "The source `dam` is unavailable: it cannot be connected to.";
    assert_eq!(told(&gone, rules(), words).await, Code::UpstreamUnavailable);
}

#[tokio::test]
async fn half_a_gigabyte_is_not_read() {
    let words = "The source `dam` sent an answer that cannot be used: it is larger than 1048576 bytes.";
    let endless = Upstream::always(Reply::endless(500_000_000)).await;
    assert_eq!(told(&endless, small(), words).await, Code::UpstreamInvalid);
    endless.given_up(1).await;
    // What lies in the buffers of two sockets was taken by nobody.
    assert!(endless.written() < 16_000_000, "{}", endless.written());

    let announced = Upstream::always(Reply::text(vec![b' '; 2_000_000])).await;
    assert_eq!(told(&announced, small(), words).await, Code::UpstreamInvalid);
}

#[tokio::test]
async fn what_inflates_counts_as_what_it_becomes() {
    let words = "The source `dam` sent an answer that cannot be used: it is larger than 1048576 bytes.";
    let bomb = Upstream::always(Reply::json(&json!("x".repeat(50_000_000))).gzip()).await;
    assert_eq!(told(&bomb, small(), words).await, Code::UpstreamInvalid);
    assert!(bomb.written() < 100_000, "{}", bomb.written());

    let fits = Upstream::always(Reply::json(&json!("x".repeat(1_048_574))).gzip()).await;
    let answer = Desk::new().get(&policy(small()), &fits).await.expect("an answer");
    assert_eq!(answer.body.len(), 1_048_576);

    let brotli = b"\x0b\x07\x80{\"brotli\":true}\x03".to_vec();
    let brotli = Upstream::always(Reply::text(brotli).header("content-encoding", "br")).await;
    let answer = Desk::new().get(&policy(small()), &brotli).await.expect("an answer");
    assert_eq!(&answer.body[..], br#"{"brotli":true}"#);
    assert_eq!(brotli.asked()[0].header("accept-encoding"), "gzip,br");

    let broken =
        Upstream::always(Reply::text("not deflated at all").header("content-encoding", "gzip")).await;
    let words = "The source `dam` sent an answer that cannot be used: it cannot be inflated.";
    assert_eq!(told(&broken, small(), words).await, Code::UpstreamInvalid);
}

#[tokio::test]
async fn a_body_is_judged_before_it_is_parsed() {
    let rules = || Rules { form: Form::Json { max_depth: 4 }, ..rules() };
    let unusable = |what: &str| format!("The source `dam` sent an answer that cannot be used: {what}.");
    let html = Reply::text("<html></html>").header("content-type", "text/html; charset=utf-8");
    for (reply, words) in [
        (Reply::text("[".repeat(1_000_000)), unusable("it nests deeper than 4 levels")),
        (Reply::text(r#"{"a":[{"b":[{}]}]}"#), unusable("it nests deeper than 4 levels")),
        (Reply::text(b"{\"a\":\"\xff\xfe\"}".to_vec()), unusable("it is not UTF-8")),
        (html.clone(), unusable("its media type is not JSON's")),
    ] {
        let upstream = Upstream::always(reply).await;
        assert_eq!(told(&upstream, rules(), &words).await, Code::UpstreamInvalid);
    }
    let desk = Desk::new();
    for body in [r#"{"a":[{"b":[]}]}"#, r#"{"a":"[[[[[[{{{{\"[[[[["}"#, r#"[{},{},{},{},{"a":[]}]"#] {
        for media in ["application/json", "application/vnd.api+json; charset=utf-8", "text/plain"] {
            let upstream = Upstream::always(Reply::text(body).header("content-type", media)).await;
            let answer = desk.get(&policy(rules()), &upstream).await.expect("an answer");
            assert_eq!(&answer.body[..], body.as_bytes());
        }
    }
    // Beside a success nothing depends on the body: it is left out rather than handed on.
    let missing = Upstream::always(html.with_status(404)).await;
    let answer = desk.get(&policy(rules()), &missing).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), answer.body.len()), (404, 0));
    // What is no JSON by its operation is bounded in size alone.
    let bytes = Upstream::always(Reply::text(b"\xff[[[[[[[[".to_vec())).await;
    let any = Rules { form: Form::Any, ..rules() };
    assert_eq!(desk.get(&policy(any), &bytes).await.expect("an answer").body.len(), 9);
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_denied() {
    for (status, words) in [
        (401, "The source `dam` does not accept the credentials configured for it."),
        (403, "The credentials configured for the source `dam` do not allow this call."),
    ] {
        let upstream = Upstream::always(Reply::json(&json!({ "token": "secret" })).with_status(status)).await;
        let many = Rules { retries: 5, ..rules() };
        assert_eq!(told(&upstream, many, words).await, Code::UpstreamDenied);
        assert_eq!(upstream.calls(), 1);
    }
}
