//! The outbound client against an upstream that does what each test says: what comes of a call, how long it takes,
//! how much is read, and how many requests the upstream sees.

mod breaking;
mod guard;
mod hostile;
mod keeping;
mod limits;
mod sharing;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use weft::clock::{self, Clock, Micros};
use weft::error::{ClientError, Code};
use weft::outbound::{
    Allowed, Answer, BreakerRules, Call, Failure, Outbound, Policy, Rules, State, Surroundings,
};

use crate::support::NOW;
use crate::support::upstream::{Reply, Upstream};

/// What a call that must not take long may take on a machine that is busy.
const SOON: Duration = Duration::from_secs(3);

/// The outbound client with a clock that stands and pauses of nothing.
struct Desk {
    outbound: Outbound,
    clock: Clock,
}

impl Desk {
    fn new() -> Self {
        Desk::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Surroundings)) -> Self {
        let clock = Clock::at(now());
        let mut surroundings = Surroundings::new(clock.clone(), Allowed::default());
        surroundings.chance = Arc::new(|| 0.0);
        change(&mut surroundings);
        Desk { outbound: Outbound::within(surroundings).expect("a client"), clock }
    }

    async fn get(&self, policy: &Arc<Policy>, upstream: &Upstream) -> Result<Answer, Failure> {
        self.outbound.send(get(policy, upstream)).await
    }

    fn pass(&self, time: Duration) {
        let Clock::Set(now) = &self.clock else { panic!("the tests' clock can be set") };
        now.fetch_add(time.as_micros().try_into().expect("a time"), Ordering::SeqCst);
    }
}

fn now() -> Micros {
    clock::read(NOW).expect("a moment")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Rules without repetition, so that a test sees what one request does.
fn rules() -> Rules {
    Rules { retries: 0, breaker: BreakerRules { failures: 0, open_for: seconds(30) }, ..Rules::default() }
}

fn policy(rules: Rules) -> Arc<Policy> {
    Policy::new("dam", "directus/asset.list", rules)
}

fn get(policy: &Arc<Policy>, upstream: &Upstream) -> Call {
    Call::new(policy.clone(), Method::GET, upstream.url("/items"))
}

fn good() -> Reply {
    Reply::json(&json!({ "data": [] }))
}

fn code(outcome: &Result<Answer, Failure>) -> Code {
    outcome.as_ref().expect_err("no answer that can be used").code()
}

/// Sends one GET with these rules, and holds what a client is told to these words.
async fn told(upstream: &Upstream, rules: Rules, words: &str) -> Code {
    let begun = Instant::now();
    let failure = Desk::new().get(&policy(rules), upstream).await.expect_err("no answer that can be used");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let told = ClientError::from(failure);
    assert_eq!(told.message, words);
    assert!(!told.message.contains("127.0.0.1"));
    told.code
}

#[tokio::test]
async fn an_ordinary_answer_comes_back_whole() {
    let upstream = Upstream::always(good().header("x-total", "0")).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let mut call = get(&policy, &upstream);
    call.headers.insert("x-question", "yes".parse().expect("a value"));
    call.credentials.insert("authorization", "Bearer secret".parse().expect("a value"));
    let shown = format!("{call:?}");
    assert!(!shown.contains("secret") && !shown.contains("127.0.0.1"), "{shown}");
    let answer = desk.outbound.send(call).await.expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(&answer.body[..], br#"{"data":[]}"#);
    assert_eq!(answer.headers["x-total"], "0");
    assert_eq!((answer.state, answer.fetched_at), (State::Live, now()));
    let asked = &upstream.asked()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", "/items"));
    assert_eq!((asked.header("x-question"), asked.header("authorization")), ("yes", "Bearer secret"));
    assert!(asked.header("user-agent").starts_with("weft/"));
    let health = policy.health(now());
    assert_eq!((health.last_success, health.last_failure), (Some(now()), None));
    assert!(health.latency.is_some());
}

#[tokio::test]
async fn a_body_goes_out_by_any_method() {
    let upstream = Upstream::always(good()).await;
    let search = Method::from_bytes(b"SEARCH").expect("a method");
    let policy = policy(rules());
    let mut call = Call::new(policy, search, upstream.url("/files"));
    assert!(call.idempotent);
    call.body = r#"{"query":{}}"#.into();
    Desk::new().outbound.send(call).await.expect("an answer");
    let asked = &upstream.asked()[0];
    assert_eq!((asked.method.as_str(), &asked.body[..]), ("SEARCH", &br#"{"query":{}}"#[..]));
}

#[tokio::test]
async fn statuses_that_the_engine_judges_come_back() {
    let desk = Desk::new();
    for status in [204, 207, 400, 404, 409, 410, 422] {
        let upstream = Upstream::always(good().with_status(status)).await;
        let answer = desk.get(&policy(rules()), &upstream).await.expect("an answer");
        assert_eq!(answer.status, status);
        assert_eq!(answer.body.is_empty(), status == 204);
    }
    let upstream = Upstream::always(good().with_status(403)).await;
    let taken = Rules { answers: vec![http::StatusCode::FORBIDDEN], ..rules() };
    assert_eq!(desk.get(&policy(taken), &upstream).await.expect("an answer").status, 403);
}
