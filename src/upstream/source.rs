//! A source as it runs: its connector, its settings and secrets, and for each operation the policy that every call
//! of it goes through.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::connector::{Connector, Entity, Http, Operation, RateLimit, Where};
use super::convert::text_of;
use super::path::{Around, Path, Scope};
use super::port::Purpose;
use super::signin::Signin;
use super::template::Form;
use super::words::Budget;
use crate::clock::{Clock, Micros, written};
use crate::config;
use crate::outbound::{self, Cause, Failure, Outbound, Policy, RateRules, Rules, Wait};

/// A source as it runs.
#[derive(Debug)]
pub struct Source {
    /// The name it goes by in the graph.
    pub name: Arc<str>,
    /// What says how to read it.
    pub connector: Arc<Connector>,
    /// What was configured for it.
    pub config: config::Source,
    pub(super) outbound: Outbound,
    pub(super) clock: Clock,
    pub(super) base: Url,
    pub(super) around: Around,
    pub(super) signin: Signin,
    pub(super) policies: HashMap<(String, Purpose), Arc<Policy>>,
}

/// Why a source cannot be set up. The configuration or its connector is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(pub String);

impl Source {
    /// Sets a source up. Nothing is asked of it yet.
    pub fn new(
        config: &config::Source,
        connector: Arc<Connector>,
        outbound: &Outbound,
        clock: &Clock,
    ) -> Result<Self, SetupError> {
        let names = Names { connector: &connector, config };
        names.check()?;
        let base = match (&config.url, &connector.base_url) {
            (Some(url), _) => url.clone(),
            (None, Some(template)) => template
                .filled(|asked| names.of(&asked.name))
                .map_err(|name| SetupError(format!("the connector's base_url needs `{name}`")))?,
            (None, None) => {
                return Err(SetupError("needs a `url`: its connector has no base_url of its own".to_owned()));
            }
        };
        let base = Url::parse(&base).map_err(|_| SetupError(format!("`{base}` is no address")))?;
        let shared: Vec<_> = budgets(&connector.rate_limit.budget);
        let mut policies = HashMap::new();
        for (name, entity) in &connector.entities {
            for (purpose, operation) in entity.value.operations() {
                let key = (name.clone(), purpose);
                let label = format!("{name}.{}", purpose.name());
                let http = merged(&connector.http, operation.http.as_ref());
                let mut rules = rules(&http, &connector.rate_limit, operation);
                rules.budgets = shared.iter().cloned().chain(budgets(&operation.budget)).collect();
                policies.insert(key, Policy::new(config.name.clone(), label, rules));
            }
        }
        let around = Around { base: base.to_string(), settings: names.settings() };
        let signin = Signin::new(config.name.clone(), shared);
        Ok(Source {
            name: config.name.clone(),
            connector,
            config: config.clone(),
            outbound: outbound.clone(),
            clock: clock.clone(),
            around,
            base,
            signin,
            policies,
        })
    }

    /// What stands for a name in a template: a secret or a setting.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        Names { connector: &self.connector, config: &self.config }.of(name)
    }

    /// What says whose answers these are: the same as long as connector, address and settings are. Only its hash, since
    /// an address may hold what nobody should read.
    pub(super) fn whose(&self) -> String {
        let Around { base, settings } = &self.around;
        let whole = json!([self.connector.connector.value, base.trim_end_matches('/'), settings]).to_string();
        Sha256::digest(whole).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The entities that serve a port, with their names.
    pub fn entities(&self) -> impl Iterator<Item = (&str, &Entity)> {
        self.connector.entities.iter().map(|(name, entity)| (name.as_str(), &entity.value))
    }

    /// The policy of an operation.
    pub(super) fn policy(&self, entity: &str, purpose: Purpose) -> Result<Arc<Policy>, Failure> {
        let found = self.policies.get(&(entity.to_owned(), purpose)).cloned();
        found.ok_or_else(|| self.invalid("the connector has no such operation"))
    }

    /// How many ids as many calls take as are made at once of an operation, at most so many.
    pub(super) fn at_once(&self, entity: &str, purpose: Purpose, most: usize) -> usize {
        let declared = self.entities().find(|(name, _)| *name == entity).and_then(|(_, of)| of.of(purpose));
        let size = declared.and_then(|operation| operation.max_ids).unwrap_or(1);
        let calls = self.policies.get(&(entity.to_owned(), purpose));
        let calls = calls.map_or(1, |policy| policy.rules.max_concurrency.clamp(1, most));
        usize::try_from(size).unwrap_or(1).saturating_mul(calls).max(1)
    }

    /// A failure of this source: its answer cannot be used.
    pub(super) fn invalid(&self, reason: impl Into<String>) -> Failure {
        Failure::new(self.name.clone(), Cause::invalid(reason.into()))
    }
}

struct Names<'a> {
    connector: &'a Connector,
    config: &'a config::Source,
}

impl Names<'_> {
    fn of(&self, name: &str) -> Option<String> {
        match name.split_once('.')? {
            ("secret", name) => self.config.secrets.get(name).map(|secret| secret.reveal().to_owned()),
            ("setting", name) => {
                let own = self.config.settings.get(name).cloned();
                own.or_else(|| self.connector.settings.get(name).cloned().flatten())
            }
            _ => None,
        }
    }

    /// What every setting is.
    fn settings(&self) -> BTreeMap<String, String> {
        let declared = self.connector.settings.keys();
        declared.filter_map(|name| Some((name.clone(), self.of(&format!("setting.{name}"))?))).collect()
    }

    /// Everything that the connector asks for is there, and nothing beside it.
    fn check(&self) -> Result<(), SetupError> {
        let asked = self.connector.asked();
        for name in &self.connector.needed() {
            if let Some(secret) = name.strip_prefix("secret.").filter(|_| self.of(name).is_none()) {
                return Err(SetupError(format!(
                    "the connector `{}` needs the secret `{secret}`; expected it under `secrets`, with `env` or `file`",
                    self.connector.connector.value
                )));
            }
            if let Some(setting) = name.strip_prefix("setting.").filter(|_| self.of(name).is_none()) {
                return Err(SetupError(format!(
                    "the connector `{}` needs the setting `{setting}`; expected it under `settings`",
                    self.connector.connector.value
                )));
            }
        }
        let known: Vec<&str> = self.connector.settings.keys().map(String::as_str).collect();
        if let Some(unknown) = self.config.settings.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(SetupError(format!(
                "unknown setting `{unknown}`; expected one of: {}",
                known.join(", ")
            )));
        }
        let secrets: Vec<&str> = asked.iter().filter_map(|name| name.strip_prefix("secret.")).collect();
        if let Some(unknown) = self.config.secrets.keys().find(|name| !secrets.contains(&name.as_str())) {
            return Err(SetupError(format!(
                "unknown secret `{unknown}`; expected one of: {}",
                secrets.join(", ")
            )));
        }
        Ok(())
    }
}

/// The connector's settings for HTTP, with what an operation sets for itself.
fn merged(all: &Http, own: Option<&Http>) -> Http {
    let Some(own) = own else { return all.clone() };
    let mut headers = all.headers.clone();
    headers.extend(own.headers.clone());
    Http {
        timeout: own.timeout.or(all.timeout),
        max_concurrency: own.max_concurrency.or(all.max_concurrency),
        retries: own.retries.or(all.retries),
        cache: own.cache.or(all.cache),
        stale_if_error: own.stale_if_error.or(all.stale_if_error),
        etag: own.etag || all.etag,
        max_bytes: own.max_bytes.or(all.max_bytes),
        headers,
    }
}

fn rules(http: &Http, limit: &RateLimit, operation: &Operation) -> Rules {
    let mut rules = Rules::default();
    if let Some(timeout) = http.timeout {
        rules.timeout = timeout.0;
    }
    if let Some(retries) = http.retries {
        rules.retries = retries;
    }
    if let Some(most) = http.max_concurrency {
        rules.max_concurrency = usize::try_from(most).unwrap_or(usize::MAX).max(1);
    }
    rules.ttl = http.cache.map_or(Duration::ZERO, |span| span.0);
    rules.stale_if_error = http.stale_if_error.map_or(Duration::ZERO, |span| span.0);
    rules.etag = http.etag;
    if let Some(most) = http.max_bytes {
        rules.max_bytes = usize::try_from(most).unwrap_or(usize::MAX);
    }
    if operation.missing == super::connector::Missing::Forbidden {
        rules.answers.push(StatusCode::FORBIDDEN);
    }
    rules.rate = rate(limit);
    rules
}

fn rate(limit: &RateLimit) -> RateRules {
    let mut rules = RateRules::default();
    if !limit.on_status.is_empty() {
        rules.statuses =
            limit.on_status.iter().filter_map(|status| StatusCode::from_u16(*status).ok()).collect();
    }
    let own: Vec<Wait> = limit.retry_after.iter().map(|place| wait((**place).clone(), None)).collect();
    let millis = limit.retry_after_ms.iter().map(|place| wait((**place).clone(), Some(1_000)));
    let own: Vec<Wait> = own.into_iter().chain(millis).collect();
    if !own.is_empty() {
        rules.waits = own;
    }
    rules
}

/// Reads a wait out of an answer; `scale` is how many microseconds one of it is, where it is not as usual.
fn wait(place: Where, scale: Option<Micros>) -> Wait {
    Wait::Read(Arc::new(move |headers, body| {
        let text = match &place {
            Where::Header(name) => headers.get(name)?.to_str().ok()?.to_owned(),
            Where::Body(path) => in_body(path, body)?,
        };
        match scale {
            None => Some(text),
            Some(scale) => {
                let seconds =
                    text.trim().parse::<u64>().ok()?.saturating_mul(scale.unsigned_abs()).div_ceil(1_000_000);
                Some(seconds.to_string())
            }
        }
    }))
}

fn in_body(path: &Path, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    text_of(path.one(Scope::whole(&body))?)
}

fn budgets(declared: &[Budget]) -> Vec<Arc<outbound::Budget>> {
    declared.iter().map(|budget| outbound::Budget::new(budget.calls, budget.per)).collect()
}

/// The words that a request is filled with, beside secrets and settings.
#[derive(Debug, Clone, Default)]
pub(super) struct Words(Vec<(&'static str, Value)>);

impl Words {
    /// With one more.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// With the ids that are asked for.
    pub(super) fn ids(ids: &[String]) -> Self {
        let words = Words::default().with("ids", ids.to_vec());
        match ids {
            [id] => words.with("id", id.clone()),
            _ => words,
        }
    }

    /// With the moment since when.
    pub(super) fn since(self, since: Micros) -> Self {
        let written = written(since);
        let day = written.get(..10).unwrap_or_default().to_owned();
        let second = format!("{}Z", written.get(..19).unwrap_or_default());
        self.with("since", written).with("since_day", day).with("since_second", second)
    }

    /// What stands for a word.
    pub(super) fn of(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(word, _)| *word == name).map(|(_, value)| value)
    }

    /// The same as text, a list with commas between.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.written(name, &Form::Plain)
    }

    /// The same as text in the form that is asked for.
    pub(super) fn written(&self, name: &str, form: &Form) -> Option<String> {
        let joined = |items: &[Value], between: &str| {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(between)
        };
        Some(match (self.of(name)?, form) {
            (Value::Null, _) => String::new(),
            (value, Form::Json) => value.to_string(),
            (Value::Array(items), Form::Join(between)) => joined(items, between),
            (Value::Array(items), Form::Plain) => joined(items, ","),
            (Value::String(text), _) => text.clone(),
            (other, _) => other.to_string(),
        })
    }
}
