//! What of a connector's format says what can be read: entities and their operations, pages, what changed, and jobs.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::connector::{Auth, Http};
use super::expression::Expression;
use super::path::Path;
use super::port::Purpose;
use super::sent::{Body, Request, Values};
use super::template::Template;
use super::words::{Budget, Span, Written};

/// One kind of thing that can be read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Which port it serves, such as `dam.asset`.
    #[schemars(with = "String")]
    pub port: Spanned<String>,
    /// It has no requests of its own, and comes out of the answers of another entity.
    pub within: Option<Within>,
    /// The entity of the same type whose ids these are too: what both give under one id is one thing. Needed where two
    /// entities feed one type, since a source's ids are told apart by type alone.
    #[schemars(with = "Option<String>")]
    pub ids_of: Option<Spanned<String>>,
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
    /// Whether the vendor leaves the list of items out where there are none. Default false: an answer without it is
    /// no answer to this request.
    #[serde(default)]
    pub absent_when_empty: bool,
    /// How pages follow each other. Without it there is one. For `list` and `changes`.
    pub page: Option<Page>,
    /// How only what changed is asked for. For `list` and `changes`.
    pub since: Option<Since>,
    /// How many ids one call takes; 1 means one call for each. Default 1. For what is asked by ids.
    pub max_ids: Option<u32>,
    /// Where an item says its id, to find out which was asked for. Default: the mapping's `id`.
    pub match_on: Option<Written<Expression>>,
    /// What an unknown id looks like. Default `absent`. For what is asked by ids.
    #[serde(default)]
    pub missing: Missing,
    /// Whether the call may be repeated although its method is POST. Default true: connectors only read.
    pub repeatable: Option<bool>,
    /// Whether the answer is fetched in the background and never on a query's way, since calls are few. For `get_many`
    /// and `size`.
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
    /// The answer is made as a job: submitted by `request`, then asked for, then fetched. For `list` and `changes`, and
    /// for `get_many` and `size` in the background.
    pub report: Option<Report>,
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

impl PageStyle {
    /// The word of a request that says which page is meant.
    pub fn word(self) -> Option<&'static str> {
        match self {
            PageStyle::Page => Some("page"),
            PageStyle::Offset => Some("offset"),
            PageStyle::Cursor => Some("cursor"),
            PageStyle::NextUrl | PageStyle::Link => None,
        }
    }
}

/// How only what changed is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Query parameters that are added, or stand instead of the request's of that name; `${since}` is the watermark,
    /// `${since_day}` its day, `${since_second}` its second.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Values>")]
    pub query: IndexMap<String, Values>,
    /// Members of the body that are added, or stand instead of the request's of that name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Body>")]
    pub body: IndexMap<String, Body>,
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

impl Entity {
    /// The operation for a purpose, where it has one.
    pub fn of(&self, purpose: Purpose) -> Option<&Operation> {
        let operation = match purpose {
            Purpose::List => &self.list,
            Purpose::Changes => &self.changes,
            Purpose::GetMany => &self.get_many,
            Purpose::Size => &self.size,
            Purpose::Stats => &self.stats,
            Purpose::Evaluate => &self.evaluate,
        };
        operation.as_ref()
    }

    /// Its operations, with what each is for.
    pub fn operations(&self) -> impl Iterator<Item = (Purpose, &Operation)> {
        Purpose::ALL.into_iter().filter_map(|purpose| Some((purpose, self.of(purpose)?)))
    }
}

impl Since {
    /// Every template in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        into.extend(self.query.values().flat_map(|values| &values.each).map(|value| &**value));
        self.body.values().for_each(|body| body.templates(into));
    }

    /// The request that asks only for what changed.
    pub(super) fn over(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.query.extend(self.query.clone());
        if !self.body.is_empty() {
            let body = request.body.get_or_insert_with(|| Body::Object(IndexMap::new()));
            if let Body::Object(members) = body {
                members.extend(self.body.clone());
            }
        }
        request
    }
}

impl Operation {
    /// Every template in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        self.request.templates(into);
        self.auth.iter().for_each(|auth| auth.templates(into));
        into.extend(self.http.iter().flat_map(|http| http.headers.values()).map(|value| &**value));
        self.since.iter().for_each(|since| since.templates(into));
        if let Some(report) = &self.report {
            report.poll.templates(into);
            report.download.iter().for_each(|download| download.templates(into));
        }
    }
}
