//! Equal calls in the air: one request, as many answers, and nobody's end is another's.

use http::Method;
use tokio::task::JoinHandle;
use weft::caller::Caller;
use weft::error::Code;
use weft::outbound::{Answer, Call, Failure, Policy, Rules};

use super::{Desk, code, get, good, milliseconds, policy, rules};
use crate::support::upstream::{Gate, Reply, Upstream};

fn send(desk: &Desk, call: Call) -> JoinHandle<Result<Answer, Failure>> {
    let outbound = desk.outbound.clone();
    tokio::spawn(async move { outbound.send(call).await })
}

#[tokio::test]
async fn equal_calls_are_one_request() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let sent: Vec<_> = (0..100).map(|_| send(&desk, get(&policy, &upstream))).collect();
    upstream.reached(1).await;
    gate.open();
    let mut bodies = Vec::new();
    for call in sent {
        bodies.push(call.await.expect("it ends").expect("an answer").body);
    }
    assert_eq!(upstream.calls(), 1);
    assert!(bodies.iter().all(|body| body.as_ptr() == bodies[0].as_ptr()), "they share the bytes");
    assert!(desk.get(&policy, &upstream).await.is_ok());
    assert_eq!(upstream.calls(), 2, "what is over is not shared");
}

#[tokio::test]
async fn equal_calls_share_a_failure() {
    let gate = Gate::shut();
    let upstream = Upstream::always(Reply::status(500).behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let sent: Vec<_> = (0..10).map(|_| send(&desk, get(&policy, &upstream))).collect();
    upstream.reached(1).await;
    gate.open();
    for call in sent {
        assert_eq!(code(&call.await.expect("it ends")), Code::UpstreamUnavailable);
    }
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn calls_that_differ_in_anything_are_not_one() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let wide = || Rules { max_concurrency: 100, ..rules() };
    let shared = policy(wide());
    let plain = || get(&shared, &upstream);
    let named = |name: &str| Some(Caller::Named(name.into()));
    let mut header = plain();
    header.headers.insert("accept-language", "de".parse().expect("a value"));
    let mut body = plain();
    body.body = "{}".into();
    let different = vec![
        plain(),
        header,
        body,
        Call { method: Method::HEAD, ..plain() },
        Call { url: upstream.url("/items?page=2"), ..plain() },
        Call { caller: Some(Caller::Anonymous), ..plain() },
        Call { caller: named("anonymous"), ..plain() },
        Call { caller: named("studio"), ..plain() },
        Call { caller: named("agency"), ..plain() },
        Call { policy: Policy::new("dam", "other", wide()), ..plain() },
        Call { policy: Policy::new("other", "directus/asset.list", wide()), ..plain() },
    ];
    let count = different.len();
    let sent: Vec<_> = different.into_iter().map(|call| send(&desk, call)).collect();
    upstream.reached(count).await;
    gate.open();
    for call in sent {
        let _ = call.await.expect("it ends");
    }
    assert_eq!(upstream.calls(), count);
}

#[tokio::test]
async fn a_renewed_credential_is_the_same_call() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let with = |token: &str| {
        let mut call = get(&policy, &upstream);
        call.credentials.insert("authorization", token.parse().expect("a value"));
        send(&desk, call)
    };
    let sent = [with("Bearer old"), with("Bearer new")];
    upstream.reached(1).await;
    gate.open();
    for call in sent {
        assert!(call.await.expect("it ends").is_ok());
    }
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn the_one_that_began_it_may_go() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let first = send(&desk, get(&policy, &upstream));
    upstream.reached(1).await;
    let mut second = Box::pin(desk.get(&policy, &upstream));
    tokio::select! {
        biased;
        _ = &mut second => panic!("the gate is shut"),
        () = std::future::ready(()) => {}
    }
    first.abort();
    assert!(first.await.is_err());
    gate.open();
    assert!(second.await.is_ok());
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn when_all_have_gone_it_ends() {
    let upstream = Upstream::always(Reply::never()).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let sent = [send(&desk, get(&policy, &upstream)), send(&desk, get(&policy, &upstream))];
    upstream.reached(1).await;
    sent.iter().for_each(JoinHandle::abort);
    upstream.given_up(1).await;
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn each_waits_for_its_own_time() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let policy = policy(rules());
    let hurried = || {
        let deadline = tokio::time::Instant::now() + milliseconds(50);
        send(&desk, Call { deadline, ..get(&policy, &upstream) })
    };
    // The one in a hurry begins it, the patient one keeps it in the air, another in a hurry leaves early.
    let first = hurried();
    upstream.reached(1).await;
    let mut patient = Box::pin(desk.get(&policy, &upstream));
    tokio::select! {
        biased;
        _ = &mut patient => panic!("the gate is shut"),
        () = std::future::ready(()) => {}
    }
    let last = hurried();
    assert_eq!(code(&first.await.expect("it ends")), Code::UpstreamTimeout);
    assert_eq!(code(&last.await.expect("it ends")), Code::UpstreamTimeout);
    gate.open();
    assert!(patient.await.is_ok());
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn sharing_can_be_off() {
    let gate = Gate::shut();
    let upstream = Upstream::always(good().behind(&gate)).await;
    let desk = Desk::new();
    let alone = policy(Rules { shared: false, ..rules() });
    let together = policy(rules());
    let mut post = get(&together, &upstream);
    post.idempotent = false;
    let calls = [get(&alone, &upstream), get(&alone, &upstream), post.clone(), post];
    let sent = calls.map(|call| send(&desk, call));
    upstream.reached(4).await;
    gate.open();
    for call in sent {
        assert!(call.await.expect("it ends").is_ok());
    }
    assert_eq!(upstream.calls(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_come_and_go_at_once_leave_nothing_stuck() {
    let upstream = Upstream::always(good()).await;
    let desk = Desk::new();
    let policy = policy(Rules { max_concurrency: 3, timeout: super::seconds(60), ..rules() });
    let sent: Vec<_> = (0..2_000)
        .map(|number| {
            let url = upstream.url(&format!("/items/{}", number % 7));
            send(&desk, Call { url, ..get(&policy, &upstream) })
        })
        .collect();
    for (number, call) in sent.into_iter().enumerate() {
        match number % 3 {
            0 => call.abort(),
            _ => assert!(call.await.expect("it ends").is_ok()),
        }
    }
    assert!(upstream.calls() < 2_000);
}
