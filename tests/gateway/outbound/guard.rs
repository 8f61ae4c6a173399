//! Where a call may go: which addresses, which schemes, and how far a redirect leads.

use std::net::IpAddr;
use std::sync::Arc;

use http::Method;
use weft::error::Code;
use weft::outbound::{Allowed, Call, Names, same_origin};

use super::{Desk, SOON, code, get, good, policy, rules, told};
use crate::support::upstream::{Reply, Upstream};

const NOT_CALLED: &str = "The source `dam` is unavailable: its address belongs to a machine's own network, and the \
                          configuration does not name it.";

async fn refused(desk: &Desk, url: &str) {
    let begun = std::time::Instant::now();
    let call = Call::new(policy(rules()), Method::GET, url.parse().expect("a URL"));
    let failure = desk.outbound.send(call).await.expect_err(url);
    assert_eq!(
        (failure.code(), failure.to_string().as_str()),
        (Code::UpstreamUnavailable, NOT_CALLED),
        "{url}"
    );
    assert!(begun.elapsed() < SOON, "{url}");
}

#[tokio::test]
async fn addresses_of_a_machines_own_network_are_not_called() {
    let desk = Desk::new();
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "http://169.254.0.1:8080/",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://192.0.0.192/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[fe80::1]/",
        "http://[ff02::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fd20:ce::254]/",
        "http://[fd00:42::42]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::169.254.169.254]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[2002:a9fe:a9fe::1]/",
    ] {
        refused(&desk, url).await;
    }
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_stands_for_at_that_moment() {
    let upstream = Upstream::always(good().header("connection", "close")).await;
    let port = upstream.url("/").port().expect("a port");
    let call = |name: &str| {
        Call::new(policy(rules()), Method::GET, format!("http://{name}:{port}/").parse().expect("a URL"))
    };
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let desk = Desk::with(|surroundings| {
        surroundings.names = Names::Given(Arc::new(move |name| {
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let addresses: &[&str] = match name {
                "rebound.test" if first => &["127.0.0.1"],
                "mixed.test" => &["fe80::1", "127.0.0.1"],
                "nothing.test" => &[],
                _ => &["169.254.169.254"],
            };
            addresses.iter().map(|address| address.parse().expect("an address")).collect()
        }));
    });
    desk.outbound.send(call("rebound.test")).await.expect("an answer");
    refused(&desk, call("rebound.test").url.as_str()).await;
    refused(&desk, call("metadata.test").url.as_str()).await;
    desk.outbound.send(call("mixed.test")).await.expect("an answer by the address that may be called");
    assert_eq!(code(&desk.outbound.send(call("nothing.test")).await), Code::UpstreamUnavailable);
    assert_eq!(upstream.calls(), 2);
}

#[tokio::test]
async fn names_of_the_machine_resolve() {
    let upstream = Upstream::always(good()).await;
    let port = upstream.url("/").port().expect("a port");
    let url = format!("http://localhost:{port}/").parse().expect("a URL");
    Desk::new().outbound.send(Call::new(policy(rules()), Method::GET, url)).await.expect("an answer");
}

#[tokio::test]
async fn the_configuration_may_name_an_address() {
    let upstream = Upstream::always(good()).await;
    let port = upstream.url("/").port().expect("a port");
    // 0.0.0.0 reaches this machine, so that the test needs no network.
    let url = format!("http://0.0.0.0:{port}/");
    refused(&Desk::new(), &url).await;
    let named: Allowed = ["0.0.0.0".parse::<IpAddr>().expect("an address")].into_iter().collect();
    let desk = Desk::with(|surroundings| surroundings.allowed = named);
    let call = Call::new(policy(rules()), Method::GET, url.parse().expect("a URL"));
    desk.outbound.send(call).await.expect("an answer");
    refused(&desk, "http://169.254.169.254/").await;
}

#[tokio::test]
async fn only_http_is_spoken() {
    let desk = Desk::new();
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "unix:/run/socket"] {
        let call = Call::new(policy(rules()), Method::GET, url.parse().expect("a URL"));
        assert_eq!(code(&desk.outbound.send(call).await), Code::UpstreamUnavailable);
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_a_few_times() {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/items" => Reply::status(302).header("location", "/moved?page=1"),
        "/moved?page=1" => Reply::status(307).header("location", "here"),
        "/here" => good(),
        _ => Reply::status(301).header("location", "/round"),
    })
    .await;
    let desk = Desk::new();
    let policy = policy(rules());
    let mut call = get(&policy, &upstream);
    call.credentials.insert("authorization", "Bearer secret".parse().expect("a value"));
    assert_eq!(desk.outbound.send(call).await.expect("an answer").status, 200);
    assert!(upstream.asked().iter().all(|asked| asked.header("authorization") == "Bearer secret"));
    assert_eq!(upstream.calls(), 3);
    let round = Call::new(policy.clone(), Method::GET, upstream.url("/round"));
    assert_eq!(code(&desk.outbound.send(round).await), Code::UpstreamInvalid);
    assert_eq!(upstream.calls(), 3 + 4);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_not() {
    let elsewhere = Upstream::always(good()).await;
    let words = "The source `dam` sent an answer that cannot be used: it redirects to another origin.";
    for location in [
        elsewhere.url("/").to_string(),
        "https://127.0.0.1/".to_owned(),
        "//example.com/".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let upstream = Upstream::always(Reply::status(302).header("location", location)).await;
        assert_eq!(told(&upstream, rules(), words).await, Code::UpstreamInvalid);
        assert_eq!(upstream.calls(), 1);
    }
    assert_eq!(elsewhere.calls(), 0);
    let nowhere = Upstream::always(Reply::status(302)).await;
    let words = "The source `dam` sent an answer that cannot be used: it redirects to nowhere.";
    assert_eq!(told(&nowhere, rules(), words).await, Code::UpstreamInvalid);
}

#[tokio::test]
async fn a_body_is_sent_on_only_where_the_redirect_keeps_it() {
    for (status, sent_on) in [(301, false), (302, false), (307, true), (308, true)] {
        let upstream = Upstream::start(move |asked| match asked.target.as_str() {
            "/items" => Reply::status(status).header("location", "/there"),
            _ => good(),
        })
        .await;
        let mut call = Call::new(policy(rules()), Method::POST, upstream.url("/items"));
        call.body = "{}".into();
        let outcome = Desk::new().outbound.send(call).await;
        assert_eq!(outcome.is_ok(), sent_on, "{status}");
        let asked = upstream.asked();
        assert_eq!(asked.last().map(|asked| asked.body.clone()), Some(b"{}".to_vec()), "{status}");
    }
}

#[test]
fn a_next_link_stays_in_its_origin() {
    let base = "https://api.example.com/v1/items?page=1".parse().expect("a URL");
    let next = |link: &str| same_origin(&base, link).map(|url| url.to_string());
    let expected = Some("https://api.example.com/v1/items?page=2".to_owned());
    for link in ["?page=2", "items?page=2", "/v1/items?page=2", "https://API.example.com:443/v1/items?page=2"]
    {
        assert_eq!(next(link), expected, "{link}");
    }
    for link in [
        "http://api.example.com/v1/items",
        "https://api.example.com:8443/",
        "https://example.com/",
        "//evil.test/v1/items",
        "https://api.example.com.evil.test/",
        "https://key:secret@api.example.com/",
        "https://api.example.com@evil.test/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://[::",
    ] {
        assert_eq!(next(link), None, "{link}");
    }
}
