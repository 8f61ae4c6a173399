//! Every configured source, set up with its connector. Nothing is asked of any of them here, so that one that is down
//! keeps nothing from starting.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::connector::Connector;
use super::read::ConnectorError;
use super::shipped::{self, SHIPPED};
use super::source::Source;
use super::sync::{Curated, Ranking};
use crate::catalogue;
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError, Join};
use crate::outbound::{Allowed, Outbound};

/// Every configured source.
#[derive(Debug, Clone, Default)]
pub struct Upstreams {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sources: Vec<Arc<Source>>,
    curated: HashMap<Arc<str>, Arc<Curated>>,
    ranking: Arc<Ranking>,
    /// One run of a source at a time.
    turns: HashMap<Arc<str>, Arc<Mutex<()>>>,
    /// One who says whose word counts at a time.
    words: Arc<Mutex<()>>,
}

/// Why the sources cannot be set up: the configuration or a connector is wrong, and this says where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamsError {
    /// A connector's file.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The client that asks them.
    #[error("{0}")]
    Client(String),
}

impl Upstreams {
    /// Sets every source up, with a client of their own. `file` is what the configuration is called in errors.
    pub fn new(config: &Config, file: &str, clock: &Clock) -> Result<Self, UpstreamsError> {
        let blame = |place, message| ConfigError { source_name: file.to_owned(), place, message };
        let mut allowed: Vec<IpAddr> = Vec::new();
        for text in &config.outbound_allow {
            let address = text.parse().map_err(|_| {
                blame(
                    None,
                    format!("outbound.allow: `{text}` is no address; expected one such as 169.254.1.1"),
                )
            })?;
            allowed.push(address);
        }
        let outbound = Outbound::new(clock.clone(), Allowed::from_iter(allowed))
            .map_err(|error| UpstreamsError::Client(error.to_string()))?;
        Upstreams::over(config, file, &outbound, clock)
    }

    /// Sets every source up over a client that is there.
    pub fn over(
        config: &Config,
        file: &str,
        outbound: &Outbound,
        clock: &Clock,
    ) -> Result<Self, UpstreamsError> {
        let connectors = connectors(config.connectors.as_deref(), file)?;
        let mut inner = Inner { ranking: Arc::new(Ranking::of(&config.sources)), ..Inner::default() };
        for source in &config.sources {
            let blame = |message: String| ConfigError {
                source_name: file.to_owned(),
                place: source.place,
                message: format!("source `{}`: {message}", source.name),
            };
            let connector = connectors.get(&source.connector).ok_or_else(|| {
                let known: Vec<&str> = connectors.keys().map(String::as_str).collect();
                blame(format!(
                    "there is no connector `{}`; expected one of: {}{}",
                    source.connector,
                    known.join(", "),
                    if config.connectors.is_none() {
                        "; `connectors` names a folder with your own"
                    } else {
                        ""
                    }
                ))
            })?;
            named(source, connector).map_err(blame)?;
            let mut curated = Curated::default();
            for join in &source.joins {
                if let Join::File(path) = join {
                    curated.read(path)?;
                }
            }
            inner.curated.insert(source.name.clone(), Arc::new(curated));
            inner.turns.insert(source.name.clone(), Arc::default());
            let source = Source::new(source, connector.clone(), outbound, clock)
                .map_err(|error| blame(error.to_string()))?;
            inner.sources.push(Arc::new(source));
        }
        Ok(Upstreams { inner: Arc::new(inner) })
    }

    /// The sources, in the order of the configuration.
    pub fn sources(&self) -> &[Arc<Source>] {
        &self.inner.sources
    }

    /// The source of this name.
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        self.inner.sources.iter().find(|source| &*source.name == name)
    }

    /// Whose word counts.
    pub fn ranking(&self) -> &Arc<Ranking> {
        &self.inner.ranking
    }

    /// The list of joins that somebody keeps for a source.
    pub(super) fn curated(&self, source: &str) -> Arc<Curated> {
        self.inner.curated.get(source).cloned().unwrap_or_default()
    }

    /// What is held by who says whose word counts.
    pub(super) fn words(&self) -> Arc<Mutex<()>> {
        self.inner.words.clone()
    }

    /// What a run of this source holds while it runs.
    pub(super) fn turn(&self, source: &str) -> Arc<Mutex<()>> {
        self.inner.turns.get(source).cloned().unwrap_or_default()
    }
}

/// The shipped connectors and those of a folder, by name; one's own wins over a shipped one.
fn connectors(folder: Option<&Path>, file: &str) -> Result<BTreeMap<String, Arc<Connector>>, UpstreamsError> {
    let mut texts: Vec<(String, String)> =
        SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    if let Some(folder) = folder {
        let unreadable = |path: &Path, error: std::io::Error| ConfigError {
            source_name: file.to_owned(),
            place: None,
            message: format!("connectors: {} cannot be read: {error}", path.display()),
        };
        let mut own = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                own.push(path);
            }
        }
        own.sort();
        for path in own {
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            texts.push((path.display().to_string(), text));
        }
    }
    let known = shipped::all(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
    Ok(known.into_iter().map(|(name, connector)| (name, Arc::new(connector))).collect())
}

/// Whether what a source says of types and fields is so.
fn named(source: &config::Source, connector: &Connector) -> Result<(), String> {
    for field in &source.wins {
        let known = field.split_once('.').is_some_and(|(noun, field)| {
            catalogue::by_name(noun).is_some_and(|entry| {
                entry.noun.field(field).is_some() || entry.edge(field).is_some_and(|edge| edge.forward)
            })
        });
        if !known {
            return Err(format!("wins: `{field}` is no field of a type; expected one such as Asset.title"));
        }
    }
    for join in &source.joins {
        if let Join::Key { noun, source: other } = join {
            if catalogue::by_name(noun).is_none() {
                return Err(format!("joins: there is no type `{noun}`; expected one such as Asset"));
            }
            if **other == *source.name {
                return Err("joins: a source is joined with another, not with itself".to_owned());
            }
            let gives = connector.entities.values().any(|entity| {
                super::port::Port::named(&entity.value.port.value).is_some_and(|port| port.noun == noun)
                    && entity.value.map.value.contains_key("ref")
            });
            if !gives {
                return Err(format!(
                    "joins: by key needs `ref` in the mapping of {noun}, which the connector `{}` does not give",
                    connector.connector.value
                ));
            }
        }
    }
    Ok(())
}
