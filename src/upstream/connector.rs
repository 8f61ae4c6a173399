//! The format of a connector: one YAML file that says how to read one vendor. These types are the format; the JSON
//! Schema that editors complete with is made from them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::expression::Expression;
use super::path::Path;
use super::template::Template;
use super::words::{Budget, Span, Written};

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
    /// The most bytes of one answer. Default 8 MiB.
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

/// One kind of thing that can be read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Which port it serves, such as `dam.asset`.
    #[schemars(with = "String")]
    pub port: Spanned<String>,
    /// It has no requests of its own, and comes out of the answers of another entity.
    pub within: Option<Within>,
    /// Everything, page by page.
    pub list: Option<Operation>,
    /// What has changed, page by page, where that is another request than `list` with `since`.
    pub changes: Option<Operation>,
    /// Some, by their ids: `${ids}`, or `${id}` where `max_ids` is 1.
    pub get_many: Option<Operation>,
    /// How large it is now, by ids.
    pub size: Option<Operation>,
    /// Its figures now, by ids.
    pub stats: Option<Operation>,
    /// What it decides for a context: `${context}`.
    pub evaluate: Option<Operation>,
    /// From an item to the fields of the port. `id` is the vendor's id.
    #[schemars(with = "BTreeMap<String, String>")]
    pub map: Spanned<Mapping>,
}

/// From the vendor's items to fields of ours.
pub type Mapping = BTreeMap<String, Spanned<Written<Expression>>>;

/// Where derived things stand.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// The entity in whose items they stand.
    #[schemars(with = "String")]
    pub entity: Spanned<String>,
    /// The path from such an item to them, such as `meta.tags[*]`; `^` in the mapping is that item.
    pub each: Written<Path>,
}

/// One operation of an entity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What is sent.
    pub request: Request,
    /// Where the items stand in the answer. Without it the whole answer is the one item.
    pub items: Option<Written<Path>>,
    /// How pages follow each other. Without it there is one.
    pub page: Option<Page>,
    /// How only what changed is asked for.
    pub since: Option<Since>,
    /// How many ids one call takes; 1 means one call for each. Default 1.
    pub max_ids: Option<u32>,
    /// Where an item says its id, to find out which was asked for. Default: the mapping's `id`.
    pub match_on: Option<Written<Expression>>,
    /// What an unknown id looks like. Default `absent`.
    #[serde(default)]
    pub missing: Missing,
    /// Whether the call may be repeated although its method is POST. Default true: connectors only read.
    pub repeatable: Option<bool>,
    /// Whether the answer is fetched in the background and never on a query's way, since calls are few.
    #[serde(default)]
    pub background: bool,
    /// The items only name what changed, by `match_on`; each is then read by `get_many`. For `changes`.
    #[serde(default)]
    pub ids_only: bool,
    /// A mapping of its own, instead of the entity's.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub map: Option<Spanned<Mapping>>,
    /// An authentication of its own, instead of the connector's.
    pub auth: Option<Auth>,
    /// Settings of its own for HTTP; what is left out is the connector's.
    pub http: Option<Http>,
    /// What may be called in a time, beside what holds for the connector.
    #[serde(default)]
    pub budget: Vec<Budget>,
    /// The answer is made as a job: submitted by `request`, then asked for, then fetched.
    pub report: Option<Report>,
}

/// A request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method. Default GET.
    pub method: Option<Method>,
    /// The path behind the base URL.
    pub path: Written<Template>,
    /// The query, in the order of the file. A value that comes to nothing is left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub query: IndexMap<String, Written<Template>>,
    /// Headers of this request.
    #[serde(default)]
    pub headers: BTreeMap<String, Written<Template>>,
    /// A JSON body. A text in it that is one place, such as `${ids}`, becomes what stands there: a list, a number.
    pub body: Option<Body>,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    Get,
    /// POST, for what is asked with a body.
    Post,
    /// SEARCH.
    Search,
}

/// JSON with places in its texts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Body {
    /// true or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text with places.
    Text(Written<Template>),
    /// A list.
    List(Vec<Body>),
    /// An object.
    Object(IndexMap<String, Body>),
    /// null.
    Null(()),
}

impl Body {
    /// Every text in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        match self {
            Body::Text(text) => into.push(text),
            Body::List(items) => items.iter().for_each(|item| item.templates(into)),
            Body::Object(members) => members.values().for_each(|member| member.templates(into)),
            Body::Bool(_) | Body::Number(_) | Body::Null(()) => {}
        }
    }
}

impl JsonSchema for Body {
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Any JSON, with places such as `${ids}` in its texts." })
    }
}

/// How pages follow each other. A walk ends with the total, without a next page, or with an empty page; never with
/// a short one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The style.
    pub style: PageStyle,
    /// The query parameter of the page, the offset, the cursor or the token. Without it `${page}`, `${offset}` or
    /// `${cursor}` stands somewhere in the request.
    pub param: Option<String>,
    /// The first page, 0 or 1. Default 1.
    pub start: Option<u32>,
    /// The query parameter of the size. Without it `${size}` may stand in the request.
    pub size_param: Option<String>,
    /// How many items are asked for.
    pub size: Option<u32>,
    /// Where the number of all items stands.
    pub total: Option<Written<Path>>,
    /// Where the next cursor, token or URL stands.
    pub next: Option<Written<Path>>,
    /// Where it says whether there is more.
    pub more: Option<Written<Path>>,
}

/// The style of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageStyle {
    /// By number.
    Page,
    /// By how many items came before.
    Offset,
    /// By a cursor or token that the answer names under `next`.
    Cursor,
    /// By a URL that the answer names under `next`; of the same origin, or the walk ends with an error.
    NextUrl,
    /// By the header `Link` with `rel="next"`; of the same origin, or the walk ends with an error.
    Link,
}

/// How only what changed is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Query parameters that are added; `${since}` is the watermark.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub query: IndexMap<String, Written<Template>>,
    /// Where an item says when it was changed. Without it the moment the walk began is the watermark.
    pub watermark: Option<Written<Expression>>,
    /// How far back before the watermark is asked, for what was written late. Default 0s.
    pub overlap: Option<Span>,
}

/// What an unknown id looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Missing {
    /// It is not among the items.
    #[default]
    #[serde(rename = "absent")]
    Absent,
    /// Status 404.
    #[serde(rename = "404")]
    NotFound,
    /// Status 403, which then does not speak of the credentials.
    #[serde(rename = "403")]
    Forbidden,
}

/// A job: its state is asked for until it is done, then its answer is fetched.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Where the job's id stands in the first answer; `${job}` in what follows.
    pub job: Written<Expression>,
    /// Asks for the state.
    pub poll: Request,
    /// Where the state stands.
    pub state: Written<Path>,
    /// The state that says that it is done.
    pub done: String,
    /// The states that say that it failed.
    #[serde(default)]
    pub failed: Vec<String>,
    /// How long to wait between. Default 2s.
    pub every: Option<Span>,
    /// How long in all. Default 5m.
    pub within: Option<Span>,
    /// Fetches the answer. Without it the last answer of `poll` is it.
    pub download: Option<Request>,
}

/// What the vendor calls when something has changed: `/hooks/SOURCE`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// How a delivery is known to be the vendor's.
    pub verify: Verify,
    /// Where the delivery says its own id, so that it counts once. Without it the body's hash is its id.
    pub delivery: Option<Written<Where>>,
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
    /// The secret.
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
        let mut all: Vec<&Template> = self.base_url.iter().map(|base| &**base).collect();
        self.auth.iter().for_each(|auth| auth.templates(&mut all));
        all.extend(self.http.headers.values().map(|value| &**value));
        all.extend(self.webhook.iter().map(|webhook| &*webhook.verify.secret));
        for entity in self.entities.values() {
            for operation in entity.value.operations() {
                operation.templates(&mut all);
            }
        }
        let names = all.into_iter().flat_map(Template::names).filter(|name| name.contains('.'));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Entity {
    /// Its operations, whatever they are for.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        [&self.list, &self.changes, &self.get_many, &self.size, &self.stats, &self.evaluate]
            .into_iter()
            .flatten()
    }
}

impl Operation {
    fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        self.request.templates(into);
        self.auth.iter().for_each(|auth| auth.templates(into));
        into.extend(self.http.iter().flat_map(|http| http.headers.values()).map(|value| &**value));
        into.extend(self.since.iter().flat_map(|since| since.query.values()).map(|value| &**value));
        for report in &self.report {
            report.poll.templates(into);
            report.download.iter().for_each(|download| download.templates(into));
        }
    }
}

impl Request {
    /// Every template in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        into.push(&self.path);
        into.extend(self.query.values().map(|value| &**value));
        into.extend(self.headers.values().map(|value| &**value));
        self.body.iter().for_each(|body| body.templates(into));
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
