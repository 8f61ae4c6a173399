//! The format of a connector: one YAML file that says how to read one vendor. These types are the format; the JSON
//! Schema that editors complete with is made from them.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::path::Path;
use super::template::Template;
use super::words::{Budget, Span, Written};

pub use super::operation::{Entity, Mapping, Missing, Operation, Page, PageStyle, Report, Since, Within};
pub use super::sent::{Body, Method, Request, Values};

/// One vendor: how to reach it, what it limits, and how its JSON becomes our terms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Weft connector")]
pub struct Connector {
    /// The name that a source's `connector` gives: lower-case letters, digits and `-`.
    #[schemars(with = "String")]
    pub connector: Spanned<String>,
    /// What kind of system it is.
    pub kind: Kind,
    /// The vendor's name, as people write it.
    pub vendor: Option<String>,
    /// Where the API stands, when the source does not say so itself: `https://api.example.com/v2`.
    pub base_url: Option<Written<Template>>,
    /// What a source sets for itself, such as a project or a locale, with a default; null where it must be set.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// How requests are signed in.
    pub auth: Option<Auth>,
    /// How requests are sent.
    #[serde(default)]
    pub http: Http,
    /// How the vendor limits, and how it says so.
    #[serde(default)]
    pub rate_limit: RateLimit,
    /// Where an error's message and code stand in a body.
    #[serde(default)]
    pub errors: Errors,
    /// What the vendor calls when something has changed.
    pub webhook: Option<Webhook>,
    /// What can be read, in the order that sync reads it: what others refer to first.
    #[schemars(with = "BTreeMap<String, Entity>")]
    pub entities: Ordered<Entity>,
}

/// A mapping that keeps the order of the file, with the place of each key.
pub type Ordered<T> = IndexMap<String, Spanned<T>>;

/// What kind of system a vendor's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Digital asset management.
    Dam,
    /// Content management.
    Cms,
    /// Customer data: audiences.
    Cdp,
    /// Feature flags and offer decisions.
    Decisioning,
    /// Ad servers and buying platforms.
    Ads,
    /// Email and messaging.
    Email,
    /// Web and app analytics.
    Analytics,
    /// Project and review tools.
    Work,
}

/// How requests are signed in: exactly one of these.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer(Written<Template>),
    /// Any one header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Written<Template>,
    },
    /// HTTP Basic.
    Basic {
        /// The name.
        username: Written<Template>,
        /// The password.
        password: Written<Template>,
    },
    /// OAuth 2: a token that is fetched, kept, and renewed before it ends.
    Oauth2 {
        /// Where the token is fetched.
        token_url: Written<Template>,
        /// The client's id.
        client_id: Written<Template>,
        /// The client's secret.
        client_secret: Written<Template>,
        /// With it the token is refreshed; without it the client's own credentials are the grant.
        refresh_token: Option<Written<Template>>,
        /// What is asked for, with blanks between.
        scope: Option<String>,
    },
    /// A signer written in Rust, by its name.
    Signer {
        /// `hmac-sha256`: the hex signature of method, path and body.
        name: Signer,
        /// The header it goes into.
        header: String,
        /// What it signs with.
        secret: Written<Template>,
    },
    /// None: this operation is open.
    None {},
}

/// A signer written in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// HMAC-SHA256 over `METHOD\nPATH?QUERY\nBODY`, in lower-case hex.
    HmacSha256,
}

/// How requests are sent. All of it can be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// How long one call may take, such as `3s`. Default 5s.
    pub timeout: Option<Span>,
    /// How many calls of one operation run at once. Default 8.
    pub max_concurrency: Option<u32>,
    /// How often a call that may be repeated is repeated. Default 2.
    pub retries: Option<u32>,
    /// How long an answer may be given again. Default 0s: never.
    pub cache: Option<Span>,
    /// How long after that it may still stand in for a source that fails. Default 0s: never.
    pub stale_if_error: Option<Span>,
    /// Whether answers carry an ETag that is worth keeping.
    pub etag: bool,
    /// The most bytes of one answer, inflated. Default 16 MiB.
    pub max_bytes: Option<u64>,
    /// Headers that every request carries.
    pub headers: BTreeMap<String, Written<Template>>,
}

/// How the vendor limits.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimit {
    /// The statuses that say so. Default 429.
    pub on_status: Vec<u16>,
    /// Where the wait stands, the first that is there: `header.NAME` or `body.PATH`. Seconds, an HTTP date or an
    /// ISO date-time. Default `header.retry-after`.
    pub retry_after: Vec<Written<Where>>,
    /// The same, in milliseconds.
    pub retry_after_ms: Vec<Written<Where>>,
    /// What may be called in a time, such as `750/min`, several with the strictest deciding.
    pub budget: Vec<Budget>,
}

/// A place in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// A header.
    Header(String),
    /// A path into the body.
    Body(Path),
}

/// Where an error's message and code stand in a body.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Errors {
    /// The message. It is logged, never sent to clients.
    pub message: Option<Written<Path>>,
    /// The code.
    pub code: Option<Written<Path>>,
    /// A path that is there only in an item that failed within a good answer.
    pub item: Option<Written<Path>>,
}

/// What the vendor calls when something has changed: `/hooks/SOURCE`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// How a delivery is known to be the vendor's.
    pub verify: Verify,
    /// Where the delivery says its own id, so that it counts once; a signed moment with the body is an id of it too.
    /// Without either, everything that comes is read again.
    pub delivery: Option<Written<Where>>,
    /// A header that is given back as it came, where a call carries it: how the vendor makes sure of the address
    /// before it calls. Nothing is learnt from such a call.
    pub echo: Option<String>,
    /// What it names, by the first that fits.
    pub names: Vec<Named>,
}

/// How a delivery is known to be the vendor's.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The header that carries the signature or the secret.
    pub header: String,
    /// What it carries.
    pub scheme: Scheme,
    /// The secret. A source that has none takes no deliveries.
    pub secret: Written<Template>,
    /// What stands before the signature, such as `sha256=`.
    pub prefix: Option<String>,
    /// The header with the moment of the delivery, in seconds since 1970 or as a date-time; it is signed before the
    /// body, and one further away than `tolerance` is refused.
    pub timestamp: Option<String>,
    /// How far the moment may be away. Default 5m.
    pub tolerance: Option<Span>,
}

/// What a delivery's header carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The secret itself.
    Secret,
    /// HMAC-SHA256 in hex.
    HmacSha256Hex,
    /// HMAC-SHA256 in base64.
    HmacSha256Base64,
}

/// What a delivery names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The entity that is to be read again.
    #[schemars(with = "String")]
    pub entity: Spanned<String>,
    /// The ids in the body.
    pub ids: Written<Path>,
    /// A path that must be there for this to fit.
    pub when: Option<Written<Path>>,
    /// The value that `when` must have.
    pub is: Option<String>,
}

impl Connector {
    /// The secrets and settings that it asks for anywhere, each once: `secret.token`.
    pub fn asked(&self) -> Vec<&str> {
        let webhook = self.webhook.iter().map(|webhook| &*webhook.verify.secret);
        let names = webhook.flat_map(Template::names).filter(|name| name.contains('.'));
        names.chain(self.needed()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Those without which nothing can be asked of the vendor: a source that takes no deliveries needs no secret
    /// for them.
    pub fn needed(&self) -> Vec<&str> {
        let mut all: Vec<&Template> = self.base_url.iter().map(|base| &**base).collect();
        self.auth.iter().for_each(|auth| auth.templates(&mut all));
        all.extend(self.http.headers.values().map(|value| &**value));
        for entity in self.entities.values() {
            for (_, operation) in entity.value.operations() {
                operation.templates(&mut all);
            }
        }
        let names = all.into_iter().flat_map(Template::names).filter(|name| name.contains('.'));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Auth {
    /// Every template in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        match self {
            Auth::None {} => {}
            Auth::Bearer(token) => into.push(token),
            Auth::Header { value, .. } => into.push(value),
            Auth::Basic { username, password } => into.extend([&**username, &**password]),
            Auth::Oauth2 { token_url, client_id, client_secret, refresh_token, .. } => {
                into.extend([&**token_url, &**client_id, &**client_secret]);
                into.extend(refresh_token.as_deref());
            }
            Auth::Signer { secret, .. } => into.push(secret),
        }
    }
}
