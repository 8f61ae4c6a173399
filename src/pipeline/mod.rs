//! The way of one GraphQL request: how it wants to be answered, who asks, what was sent, which document,
//! whether it may run, and its answer. Each step is one file; `run` puts them together.

mod auth;
mod document;
mod fault;
mod limits;
mod negotiate;
mod positions;
mod request;
mod run;
mod tokens;
mod types;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::caller::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::graph::{self, GraphSchema};
use crate::kpi::Kpis;
use crate::store::Store;
use crate::upstream::LiveSources;

pub use fault::Fault;
pub use negotiate::Media;

/// Everything that answers GraphQL requests.
pub struct Pipeline {
    store: Store,
    clock: Clock,
    sources: LiveSources,
    kpis: Arc<Kpis>,
    schema: GraphSchema,
    schema_for_valid: GraphSchema,
    keys: auth::Keys,
    documents: document::Documents,
    types: types::Types,
    limits: crate::config::Limits,
    introspection: bool,
    sdl: String,
}

/// The answer to one request, ready to be sent, and what the log says of it.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The form of the body.
    pub media: Media,
    /// The body.
    pub body: Vec<u8>,
    /// Headers that this answer alone has.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Who asked, where that was found out.
    pub caller: Option<Caller>,
    /// The name of the operation.
    pub operation: Option<String>,
    /// How many statements were sent to the store.
    pub statements: u64,
    /// How many errors the answer carries.
    pub errors: usize,
}

impl Pipeline {
    /// Makes the pipeline for these settings.
    pub fn new(config: &Config, store: Store, clock: Clock, sources: LiveSources) -> Result<Self, Error> {
        let sdl = graph::sdl();
        store.no_longer_than(Duration::from_secs(config.graphql.limits.seconds));
        Ok(Pipeline {
            store,
            clock,
            sources,
            kpis: Arc::default(),
            schema: graph::schema(config.graphql.introspection),
            schema_for_valid: graph::schema_for_valid(config.graphql.introspection),
            keys: auth::Keys::new(config),
            documents: document::Documents::new(config.graphql.limits.tokens),
            types: types::Types::read(&sdl)?,
            limits: config.graphql.limits,
            introspection: config.graphql.introspection,
            sdl,
        })
    }

    /// The same with these measures.
    pub fn measuring(self, kpis: Arc<Kpis>) -> Self {
        Pipeline { kpis, ..self }
    }

    /// Whether no key is known here, so that anybody who reaches the server may ask.
    pub fn keyless(&self) -> bool {
        self.keys.none()
    }

    /// Who sends these headers.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        self.keys.caller(headers)
    }

    /// Whether who sends these headers may send events.
    pub fn may_ingest(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        let caller = self.caller(headers)?;
        let may = self.keys.may_ingest(&caller);
        may.map_err(|refused| Fault::http(StatusCode::FORBIDDEN, refused.code, refused.message))?;
        Ok(caller)
    }

    /// The schema as SDL, for a caller who may ask for it.
    pub fn sdl(&self, headers: &HeaderMap) -> Result<&str, Fault> {
        self.caller(headers)?;
        match self.introspection {
            true => Ok(&self.sdl),
            false => Err(Fault::introspection_off(None)),
        }
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}
