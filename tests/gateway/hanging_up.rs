//! Whoever hangs up leaves nothing running in the database.

use reqwest::Method;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use weft::config::Config;

use crate::support::Gateway;

/// How often the database is asked before the wait for what it should say is given up.
const ASKED: usize = 20_000;

/// Waits until so many statements wait for the table that `lock` has to itself.
async fn until_waiting(lock: &DatabaseTransaction, count: i64) {
    let sql = "SELECT count(*) FROM pg_locks WHERE relation = 'asset'::regclass AND NOT granted";
    let mut found = None;
    for _ in 0..ASKED {
        let row = lock.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        found = Some(row.expect("it answers").expect("a row").try_get_by_index::<i64>(0).expect("a number"));
        if found == Some(count) {
            return;
        }
    }
    panic!("{found:?} statements wait, not {count}");
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_ended() {
    let Some(gateway) = Gateway::postgres(Config::default()).await else { return };
    let lock = gateway.store.db.begin().await.expect("a transaction");
    lock.execute_unprepared("LOCK TABLE asset IN ACCESS EXCLUSIVE MODE").await.expect("it is locked");
    let asking = || {
        let body = json!({ "query": "{ assets { edges { node { id } } } }" });
        tokio::spawn(gateway.request(Method::POST, "/graphql").json(&body).send())
    };
    // More than there are connections, one after the other and then as many at once as have a turn.
    for together in [1, 1, 1, 1, 1, 1, 3, 3] {
        let asked: Vec<_> = (0..together).map(|_| asking()).collect();
        until_waiting(&lock, together).await;
        asked.iter().for_each(tokio::task::JoinHandle::abort);
        until_waiting(&lock, 0).await;
    }
    lock.rollback().await.expect("it is unlocked");
    gateway.data("{ assets { edges { node { id } } } }", json!({})).await;
}
