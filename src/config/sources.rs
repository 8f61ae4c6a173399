//! The upstream systems that the configuration names: which connector reads each, where it stands, its secrets, how
//! often it is synced, and whose word counts where several speak of one thing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::ConfigError;
use super::file::{Reader, place};

/// An upstream system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name it goes by in the graph.
    pub name: Arc<str>,
    /// The connector that reads it.
    pub connector: String,
    /// Where it stands, when that is not what the connector says.
    pub url: Option<String>,
    /// Its secrets, by the names that the connector uses.
    pub secrets: BTreeMap<String, Secret>,
    /// Its settings, by the names that the connector declares.
    pub settings: BTreeMap<String, String>,
    /// How often it is synced. Nothing: only by `weft sync`.
    pub sync_every: Option<Duration>,
    /// How its things are joined with those of other sources.
    pub joins: Vec<Join>,
    /// Fields, such as `Asset.title`, in which its word counts against sources that are named before it.
    pub wins: Vec<String>,
    /// Line and column in the file.
    pub place: Option<(u64, u64)>,
}

impl Source {
    /// A source of this name, read by this connector, with nothing else said of it.
    pub fn named(name: &str, connector: &str) -> Self {
        Source {
            name: Arc::from(name),
            connector: connector.to_owned(),
            url: None,
            secrets: BTreeMap::new(),
            settings: BTreeMap::new(),
            sync_every: None,
            joins: Vec::new(),
            wins: Vec::new(),
            place: None,
        }
    }
}

/// How things of a source are found to be what another source already gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    /// The mapping's `ref` is the key that another source uses.
    Key {
        /// The type.
        noun: String,
        /// The other source.
        source: String,
    },
    /// The same checksum.
    Checksum,
    /// A list that somebody keeps: lines of type, key here, other source, key there, with commas between.
    File(PathBuf),
}

/// A secret: it can be used and not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Holds a secret.
    pub fn new(text: &str) -> Self {
        Secret(Arc::from(text))
    }

    /// The secret itself, for the request that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcePart {
    name: Spanned<String>,
    connector: Spanned<String>,
    url: Option<Spanned<String>>,
    #[serde(default)]
    secrets: BTreeMap<String, Spanned<SecretPart>>,
    #[serde(default)]
    settings: BTreeMap<String, Spanned<String>>,
    sync: Option<Spanned<String>>,
    #[serde(default)]
    joins: Vec<Spanned<JoinPart>>,
    #[serde(default)]
    wins: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretPart {
    env: Option<String>,
    file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinPart {
    by: By,
    r#type: Option<String>,
    source: Option<String>,
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    Key,
    Checksum,
    File,
}

impl Reader<'_> {
    /// One source.
    pub(super) fn source(&self, part: &Spanned<SourcePart>) -> Result<Source, ConfigError> {
        let (here, part) = (place(part.referenced), &part.value);
        let name = part.name.value.as_str();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(self.wrong(
                place(part.name.referenced),
                format!("`{name}` is no name of a source; expected letters, digits, `-`, `_` and `.`"),
            ));
        }
        let mut source = Source {
            wins: part.wins.iter().map(|field| field.value.clone()).collect(),
            place: here,
            ..Source::named(name, &part.connector.value)
        };
        if let Some(given) = &part.url {
            let url = self.filled(given)?;
            if !(url.starts_with("http://") || url.starts_with("https://")) || url::Url::parse(&url).is_err()
            {
                return Err(self.wrong(
                    place(given.referenced),
                    format!("`{url}` is no address; expected one such as https://api.example.com"),
                ));
            }
            if url::Url::parse(&url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some()) {
                return Err(self.wrong(
                    place(given.referenced),
                    "the address holds a name or a password; expected them under `secrets`, for the connector's `auth`",
                ));
            }
            source.url = Some(url.trim_end_matches('/').to_owned());
        }
        for (name, secret) in &part.secrets {
            source.secrets.insert(name.clone(), self.secret(name, secret)?);
        }
        for (name, setting) in &part.settings {
            source.settings.insert(name.clone(), self.filled(setting)?);
        }
        if let Some(every) = &part.sync {
            source.sync_every = Some(span(&every.value).ok_or_else(|| {
                self.wrong(place(every.referenced), "expected how often to sync, such as 30s, 15m, 2h or 1d")
            })?);
        }
        for join in &part.joins {
            source.joins.push(self.join(join)?);
        }
        Ok(source)
    }

    fn secret(&self, name: &str, part: &Spanned<SecretPart>) -> Result<Secret, ConfigError> {
        let here = place(part.referenced);
        let (text, whence) = match (&part.value.env, &part.value.file) {
            (Some(env), None) => {
                ((self.environment)(env).unwrap_or_default(), format!("environment variable {env}"))
            }
            (None, Some(file)) => {
                let path = self.beside(file);
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    self.wrong(here, format!("the secret's file {} cannot be read: {error}", path.display()))
                })?;
                (text, format!("file {}", path.display()))
            }
            _ => {
                return Err(self.wrong(
                    here,
                    format!("the secret `{name}` needs `env` or `file`; a secret never stands in the configuration"),
                ));
            }
        };
        match text.trim() {
            "" => Err(self.wrong(here, format!("the secret `{name}` is empty: the {whence} holds none"))),
            text => Ok(Secret::new(text)),
        }
    }

    fn join(&self, part: &Spanned<JoinPart>) -> Result<Join, ConfigError> {
        let (here, part) = (place(part.referenced), &part.value);
        match (part.by, &part.r#type, &part.source, &part.file) {
            (By::Key, Some(noun), Some(source), None) => {
                Ok(Join::Key { noun: noun.clone(), source: source.clone() })
            }
            (By::Checksum, None, None, None) => Ok(Join::Checksum),
            (By::File, None, None, Some(file)) => Ok(Join::File(self.beside(file))),
            _ => Err(self.wrong(
                here,
                "expected {by: key, type: TYPE, source: NAME}, {by: checksum} or {by: file, file: PATH}",
            )),
        }
    }

    /// A path in the configuration stands beside its file.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A span of time such as `15m`.
fn span(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let count: u64 = text[..digits].parse().ok().filter(|count| *count > 0)?;
    let seconds = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).map(Duration::from_secs)
}
