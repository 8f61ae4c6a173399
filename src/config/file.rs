//! The configuration file: YAML in, settings out, and a sentence with file, line and column for all that is wrong.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::{DefaultMessageFormatter, Location, MessageFormatter, Spanned};

use super::keys::{Hash, Key, May};
use super::kpis::KpisPart;
use super::sources::SourcePart;
use super::{Config, ConfigError, LogFormat, address};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<Spanned<String>>,
    database: Option<DatabasePart>,
    log: Option<LogPart>,
    graphql: Option<GraphqlPart>,
    keys: Option<Vec<Spanned<KeyPart>>>,
    anonymous: Option<bool>,
    connectors: Option<PathBuf>,
    sources: Option<Vec<Spanned<SourcePart>>>,
    outbound: Option<OutboundPart>,
    kpis: Option<KpisPart>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutboundPart {
    #[serde(default)]
    allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabasePart {
    url: Option<Spanned<String>>,
    connections: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogPart {
    format: Option<LogFormat>,
    level: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphqlPart {
    introspection: Option<bool>,
    limits: Option<LimitsPart>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsPart {
    body_bytes: Option<Spanned<u64>>,
    tokens: Option<Spanned<u64>>,
    depth: Option<Spanned<u64>>,
    cost: Option<Spanned<u64>>,
    aliases: Option<Spanned<u64>>,
    root_fields: Option<Spanned<u64>>,
    directives: Option<Spanned<u64>>,
    seconds: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyPart {
    name: Option<Spanned<String>>,
    hash: Option<Spanned<String>>,
    env: Option<Spanned<String>>,
    file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    may: Vec<May>,
}

/// Line and column of something in the file.
pub(super) type Place = Option<(u64, u64)>;

/// Reads the file. Answers beside the settings where the address to listen on stands in it.
pub(super) fn read(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Config, Place), ConfigError> {
    let reader = Reader { path, environment };
    let text = std::fs::read_to_string(path)
        .map_err(|error| reader.wrong(None, format!("cannot be read: {error}")))?;
    let file: Option<File> = serde_saphyr::from_str(&text).map_err(|error| {
        let error = error.without_snippet();
        reader.wrong(error.location().and_then(place), told(error))
    })?;
    reader.settings(file.unwrap_or_default())
}

pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    pub(super) fn wrong(&self, place: Place, message: impl Into<String>) -> ConfigError {
        ConfigError { source_name: self.path.display().to_string(), place, message: message.into() }
    }

    fn settings(&self, file: File) -> Result<(Config, Place), ConfigError> {
        let mut config = Config::default();
        let mut listen_place = None;
        if let Some(listen) = file.listen {
            listen_place = place(listen.referenced);
            config.listen =
                address(&self.filled(&listen)?).map_err(|message| self.wrong(listen_place, message))?;
        }
        self.database(file.database.unwrap_or_default(), &mut config)?;
        self.log(file.log.unwrap_or_default(), &mut config)?;
        self.graphql(file.graphql.unwrap_or_default(), &mut config)?;
        let mut names = HashSet::new();
        for part in file.keys.unwrap_or_default() {
            let key = self.key(&part)?;
            if !names.insert(Arc::clone(&key.name)) {
                return Err(self.wrong(
                    place(part.referenced),
                    format!("two keys are named `{}`; expected a name of its own for each", key.name),
                ));
            }
            config.keys.push(key);
        }
        config.anonymous = file.anonymous.unwrap_or(config.anonymous);
        config.connectors = file.connectors.map(|folder| self.beside(&folder));
        config.outbound_allow = file.outbound.unwrap_or_default().allow;
        config.kpis = self.kpis(file.kpis.unwrap_or_default())?;
        for part in file.sources.unwrap_or_default() {
            let source = self.source(&part)?;
            if config.sources.iter().any(|other| other.name == source.name) {
                return Err(self.wrong(
                    source.place,
                    format!("two sources are named `{}`; expected a name of its own for each", source.name),
                ));
            }
            config.sources.push(source);
        }
        Ok((config, listen_place))
    }

    fn database(&self, part: DatabasePart, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(url) = part.url {
            let filled = self.filled(&url)?;
            if let Some(message) = super::database::wrong(&filled) {
                return Err(self.wrong(place(url.referenced), message));
            }
            config.database.url = filled;
        }
        if let Some(connections) = part.connections {
            if connections.value == 0 || connections.value > 1_000 {
                return Err(self.wrong(place(connections.referenced), "expected a number from 1 to 1000"));
            }
            config.database.connections = connections.value;
        }
        Ok(())
    }

    fn log(&self, part: LogPart, config: &mut Config) -> Result<(), ConfigError> {
        config.log.format = part.format.unwrap_or(config.log.format);
        if let Some(level) = part.level {
            if !is_level(&level.value) {
                return Err(self.wrong(
                    place(level.referenced),
                    format!(
                        "`{}` is no level; expected error, warn, info, debug or trace, or a list such as warn,weft=debug",
                        level.value
                    ),
                ));
            }
            config.log.level = level.value;
        }
        Ok(())
    }

    fn graphql(&self, part: GraphqlPart, config: &mut Config) -> Result<(), ConfigError> {
        config.graphql.introspection = part.introspection.unwrap_or(config.graphql.introspection);
        let part = part.limits.unwrap_or_default();
        let limits = &mut config.graphql.limits;
        const MANY: RangeInclusive<u64> = 1..=1_000_000;
        self.count(part.body_bytes, 1_024..=1_073_741_824, &mut limits.body_bytes)?;
        self.count(part.tokens, 10..=1_000_000, &mut limits.tokens)?;
        self.count(part.depth, 1..=60, &mut limits.depth)?;
        self.count(part.aliases, MANY, &mut limits.aliases)?;
        self.count(part.root_fields, MANY, &mut limits.root_fields)?;
        self.count(part.directives, MANY, &mut limits.directives)?;
        if let Some(cost) = part.cost {
            limits.cost = self.within(&cost, 1..=1_000_000_000_000)?;
        }
        if let Some(seconds) = part.seconds {
            limits.seconds = self.within(&seconds, 1..=3_600)?;
        }
        Ok(())
    }

    fn count(
        &self,
        given: Option<Spanned<u64>>,
        range: RangeInclusive<u64>,
        into: &mut usize,
    ) -> Result<(), ConfigError> {
        if let Some(given) = given {
            *into = usize::try_from(self.within(&given, range)?).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    pub(super) fn within(
        &self,
        given: &Spanned<u64>,
        range: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        if range.contains(&given.value) {
            return Ok(given.value);
        }
        Err(self.wrong(
            place(given.referenced),
            format!("expected a number from {} to {}, found {}", range.start(), range.end(), given.value),
        ))
    }

    fn key(&self, part: &Spanned<KeyPart>) -> Result<Key, ConfigError> {
        let here = place(part.referenced);
        let part = &part.value;
        let Some(name) = part.name.as_ref().filter(|name| !name.value.trim().is_empty()) else {
            return Err(self.wrong(here, "a key needs a `name`, the one that stands in the log"));
        };
        let hash = match (&part.hash, &part.env, &part.file) {
            (Some(hash), None, None) => Hash::written(&hash.value).ok_or_else(|| {
                self.wrong(
                    place(hash.referenced),
                    "expected the SHA-256 hash of the key in 64 hexadecimal digits, as \
                     `printf %s KEY | sha256sum` prints it",
                )
            })?,
            (None, Some(env), None) => {
                let key = (self.environment)(&env.value).unwrap_or_default();
                self.hashed(&key, place(env.referenced), &format!("environment variable {}", env.value))?
            }
            (None, None, Some(file)) => {
                let path = self.beside(&file.value);
                let here = place(file.referenced);
                let key = std::fs::read_to_string(&path).map_err(|error| {
                    self.wrong(here, format!("the key's file {} cannot be read: {error}", path.display()))
                })?;
                self.hashed(&key, here, &format!("file {}", path.display()))?
            }
            _ => {
                return Err(self.wrong(
                    here,
                    format!("the key `{}` needs exactly one of `hash`, `env` or `file`", name.value),
                ));
            }
        };
        Ok(Key { name: Arc::from(name.value.trim()), hash, may: part.may.clone() })
    }

    fn hashed(&self, key: &str, place: Place, whence: &str) -> Result<Hash, ConfigError> {
        match key.trim() {
            "" => Err(self.wrong(place, format!("the {whence} holds no key"))),
            key => Ok(Hash::of(key)),
        }
    }

    /// The text with every `${env.NAME}` filled in.
    pub(super) fn filled(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        let mut filled = String::with_capacity(text.value.len());
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .and_then(|(name, after)| Some((name.strip_prefix("env.")?, after)))
                .ok_or_else(|| self.wrong(place(text.referenced), "expected `${env.NAME}` after `${`"))?;
            let value = (self.environment)(name).ok_or_else(|| {
                self.wrong(place(text.referenced), format!("the environment variable {name} is not set"))
            })?;
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

pub(super) fn place(location: Location) -> Place {
    (location != Location::UNKNOWN).then(|| (location.line(), location.column()))
}

/// Whether `tracing` understands it: levels, alone or for a module, with commas between.
fn is_level(text: &str) -> bool {
    let level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    text.split(',').all(|part| match part.trim().split_once('=') {
        Some((module, word)) => {
            !module.is_empty()
                && module.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
                && level(word)
        }
        None => level(part.trim()),
    })
}

/// An error of the YAML reader in a user's words.
pub fn told(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("unknown key `{field}`; expected one of: {}", expected.join(", "))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("unknown value `{variant}`; expected one of: {}", expected.join(", "))
        }
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            format!("expected {expected}, found {unexpected}")
        }
        Error::InvalidScalar { ty, .. } => match *ty {
            "bool" | "boolean" => "expected true or false".to_owned(),
            ty if ty.starts_with(['u', 'i']) => "expected a whole number that is not negative".to_owned(),
            ty => format!("expected {ty}"),
        },
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` stands here a second time; expected each once")
        }
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}
