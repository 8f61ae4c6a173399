//! A Postgres database for one test, dropped when the test is over, however it ends.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connect};

/// A database for one test.
pub(crate) struct Database {
    /// Its address.
    pub(crate) url: String,
    server: String,
    name: String,
}

impl Database {
    /// Makes one on the server at this address.
    pub(crate) async fn make(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weft_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Database { url: address(server, &name), server: server.to_owned(), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // The test's runtime may be going down; the database is dropped on another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(run(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            }
        });
        let _ = dropping.join();
    }
}

async fn run(server: &str, statement: &str) {
    let mut options = ConnectOptions::new(server.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let connection = Connect::connect(options).await.expect("WEFT_TEST_POSTGRES names a server that answers");
    connection.execute_unprepared(statement).await.expect("databases may be made and dropped");
    connection.close().await.expect("the connection closes");
}

/// The address with another database's name.
fn address(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').map_or((server, None), |(base, rest)| (base, Some(rest)));
    let host_from = base.find("://").map_or(0, |at| at + 3);
    let host_to = base[host_from..].find('/').map_or(base.len(), |at| host_from + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &base[..host_to])
}
