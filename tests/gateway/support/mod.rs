//! What every test stands on: the real application over a fresh store, spoken to by HTTP.

mod answer;
mod database;
mod lines;
mod placeholders;
pub(crate) mod servers;
mod sums;
pub(crate) mod upstream;
mod vendor;

use std::future::Future;
use std::io::Write;
use std::sync::Once;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use weft::app::App;
use weft::clock::Clock;
use weft::config::Config;
use weft::kpi::Kpis;
use weft::store::{Dialect, Store};

pub(crate) use answer::Answer;
pub(crate) use database::Database;
pub(crate) use placeholders::placeholders;
pub(crate) use vendor::{Asked, Said, Vendor};

/// The moment at which the tests' clock stands: noon of the first of June 2026 in UTC.
pub(crate) const NOW: &str = "2026-06-01T12:00:00Z";

/// A running application over a store of its own.
pub(crate) struct Gateway {
    /// Where it listens, such as `http://127.0.0.1:41234`.
    pub(crate) address: String,
    /// Its store.
    pub(crate) store: Store,
    /// Its clock, which stands still until it is set.
    pub(crate) clock: Clock,
    kpis: Kpis,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    _home: Home,
}

/// Where the store lives; it goes with the test.
enum Home {
    Folder { _folder: tempfile::TempDir },
    Database { _database: database::Database },
}

/// Runs a test on SQLite, and on Postgres where there is one.
pub(crate) async fn both<F, T>(test: F)
where
    F: Fn(Gateway) -> T,
    T: Future<Output = ()>,
{
    both_with(Config::default(), test).await;
}

/// Runs a test on both, with these settings.
pub(crate) async fn both_with<F, T>(config: Config, test: F)
where
    F: Fn(Gateway) -> T,
    T: Future<Output = ()>,
{
    test(Gateway::sqlite(config.clone()).await).await;
    if let Some(gateway) = Gateway::postgres(config).await {
        test(gateway).await;
    }
}

impl Gateway {
    /// The application over a fresh SQLite file.
    pub(crate) async fn sqlite(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let store = Store::open_file(&folder.path().join("weft.db"), 4).await.expect("the store opens");
        Gateway::over(config, store, Home::Folder { _folder: folder }).await
    }

    /// The application over a fresh Postgres database, where there is a server to make one on.
    pub(crate) async fn postgres(config: Config) -> Option<Self> {
        static SAID: Once = Once::new();
        let Some(server) = server() else {
            // Past the test harness, which keeps what passing tests print.
            SAID.call_once(|| {
                let _ = writeln!(
                    std::io::stderr(),
                    "left out: the Postgres half of the tests; WEFT_TEST_POSTGRES names no server"
                );
            });
            return None;
        };
        let database = database::Database::make(&server).await;
        let store = Store::open(&database.url, 4).await.expect("the store opens");
        Some(Gateway::over(config, store, Home::Database { _database: database }).await)
    }

    async fn over(config: Config, store: Store, home: Home) -> Self {
        store.migrate().await.expect("the tables are made");
        let clock = Clock::at(weft::clock::read(NOW).expect("a moment"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let kpis = Kpis::new(&config).expect("the measures are right");
        let app = App::new(config, store.clone(), clock.clone()).expect("the application is put together");
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(app.serve(listener, async move {
            let _ = stopped.await;
        }));
        Gateway { address, store, clock, kpis, client: client(), stop: Some(stop), _home: home }
    }

    /// Writes the definitions of measures into its store, as the commands do that open one.
    pub(crate) async fn publish(&self) {
        weft::app::publish(&self.kpis, &self.store, &self.clock).await.expect("the measures are written");
    }

    /// Which database it stands on.
    pub(crate) fn dialect(&self) -> Dialect {
        self.store.dialect
    }

    /// A request to one of its paths.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    /// Sends this JSON to /graphql, asking for `application/graphql-response+json`.
    pub(crate) async fn post(&self, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/graphql").json(body);
        Answer::of(request.header("accept", "application/graphql-response+json")).await
    }

    /// Asks a question.
    pub(crate) async fn query(&self, text: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": text, "variables": variables })).await
    }

    /// Asks a question that must be answered without errors, and answers with the data.
    pub(crate) async fn data(&self, text: &str, variables: Value) -> Value {
        self.query(text, variables).await.data()
    }

    /// Tells it to stop, as a signal does.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// What speaks to the application.
#[expect(clippy::disallowed_methods, reason = "the tests are the other side of the wire")]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::new()
}

/// The address of the server on which databases may be made, where there is one.
#[expect(clippy::disallowed_methods, reason = "it says where the tests run, which is no setting of Weft's")]
pub(crate) fn server() -> Option<String> {
    std::env::var("WEFT_TEST_POSTGRES").ok()
}
