//! Every setting, with its default. The only place that reads the environment.
//! `file` reads YAML and says where it is wrong, `database` judges its address, and `keys` turns secrets into
//! hashes before anything else sees them.

mod database;
mod file;
mod keys;
mod kpis;
mod sources;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use file::told;
pub use keys::{Hash, Key, May};
pub use kpis::{Fatigue, KpiDefinition, KpiSpan, KpiTarget, KpiTerm, KpiThings, Kpis, Rate};
pub use sources::{Join, Secret, Source};

/// The file that is read when no other is named.
pub const FILE: &str = "weft.yaml";

/// Every setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The store.
    pub database: Database,
    /// The log.
    pub log: Log,
    /// What a GraphQL request may do.
    pub graphql: Graphql,
    /// Who may ask. Empty: anybody on this machine.
    pub keys: Vec<Key>,
    /// Whether a request without a key is answered although keys are configured.
    pub anonymous: bool,
    /// A folder of connector files beside the shipped ones.
    pub connectors: Option<PathBuf>,
    /// The upstream systems, in the order in which their word counts.
    pub sources: Vec<Source>,
    /// Networks that upstream calls may reach although they are link-local.
    pub outbound_allow: Vec<String>,
    /// What is said of measures.
    pub kpis: Kpis,
}

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// How many connections are held at most.
    pub connections: u32,
}

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// From which level, in the words of `tracing`: `info`, or `warn,weft=debug`.
    pub level: String,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for machines.
    Json,
}

/// What a GraphQL request may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graphql {
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// How much one request may ask for.
    pub limits: Limits,
}

/// How much one request may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Tokens of a document.
    pub tokens: usize,
    /// Fields within fields.
    pub depth: usize,
    /// Values and things that can come back, counted once for every item that their lists can have.
    pub cost: u64,
    /// Aliases of an operation, its fragments included.
    pub aliases: usize,
    /// Fields at the root of an operation.
    pub root_fields: usize,
    /// Directives of an operation, its fragments included.
    pub directives: usize,
    /// Seconds that an operation may take.
    pub seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_bytes: 1_048_576,
            tokens: 5_000,
            depth: 24,
            cost: 1_000_000,
            aliases: 50,
            root_fields: 20,
            directives: 50,
            seconds: 30,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4000),
            database: Database { url: "sqlite:weft.db".to_owned(), connections: 10 },
            log: Log { format: LogFormat::Text, level: "info".to_owned() },
            graphql: Graphql { introspection: true, limits: Limits::default() },
            keys: Vec::new(),
            anonymous: false,
            connectors: None,
            sources: Vec::new(),
            outbound_allow: Vec::new(),
            kpis: Kpis::default(),
        }
    }
}

/// What is wrong with the configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, or the option, that is wrong.
    pub source_name: String,
    /// The line and column in it, counted from 1.
    pub place: Option<(u64, u64)>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => {
                write!(f, "{}:{line}:{column}: {}", self.source_name, self.message)
            }
            None => write!(f, "{}: {}", self.source_name, self.message),
        }
    }
}

/// Where settings come from, the later winning.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file that was named; without one, `weft.yaml` is read where it stands in the working directory.
    pub file: Option<PathBuf>,
    /// The address that was named.
    pub listen: Option<String>,
}

impl Config {
    /// Reads the settings.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Config::load_with(sources, &|name| std::env::var(name).ok())
    }

    /// Reads the settings with an environment that is handed in.
    pub fn load_with(
        sources: &Sources,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let found = match &sources.file {
            Some(file) => Some(file.as_path()),
            None => Some(Path::new(FILE)).filter(|file| file.exists()),
        };
        let (mut config, listen_place) = match found {
            Some(path) => file::read(path, environment)?,
            None => (Config::default(), None),
        };
        let mut blamed = ConfigError {
            source_name: found.map_or_else(|| "listen".to_owned(), |path| path.display().to_string()),
            place: listen_place,
            message: String::new(),
        };
        if let Some(listen) = &sources.listen {
            blamed = ConfigError { source_name: "--listen".to_owned(), place: None, message: String::new() };
            config.listen = address(listen).map_err(|message| ConfigError { message, ..blamed.clone() })?;
        }
        if config.keys.is_empty() && !config.listen.ip().is_loopback() {
            return Err(ConfigError {
                message: format!(
                    "`{}` can be reached from other machines, and no key is configured, so anybody could read \
                     everything; configure a key under `keys`, or listen on 127.0.0.1:{} only",
                    config.listen,
                    config.listen.port()
                ),
                ..blamed
            });
        }
        Ok(config)
    }

    /// The database's address without what must stay secret in it.
    pub fn shown_database(&self) -> String {
        let url = &self.database.url;
        match (url.find("://"), url.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}{}", &url[..scheme + 3], &url[at + 1..])
            }
            _ => url.clone(),
        }
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned()
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| format!("`{text}` is no address; expected one such as 127.0.0.1:4000 or [::1]:4000"))
}
