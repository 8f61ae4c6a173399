//! Walking a list page by page. A walk ends with the total, without a next page, or with an empty page, never with a
//! short one; it can be taken up again where it stood.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::answer::Items;
use super::connector::{Operation, Page, PageStyle};
use super::expression::Expression;
use super::path::{Path, Scope};
use super::port::Purpose;
use super::source::{Source, Words};
use crate::clock::Micros;
use crate::outbound::{Answer, Failure, same_origin};

/// Where a walk stands, so that it can be taken up again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Pages read.
    pub pages: u64,
    /// Items read.
    pub items: u64,
    /// The cursor, token or URL of the next page.
    pub next: Option<String>,
    /// There is nothing more.
    pub ended: bool,
}

/// A walk over a list.
pub(super) struct Walk<'a> {
    source: &'a Source,
    entity: &'a str,
    purpose: Purpose,
    operation: &'a Operation,
    since: Option<Micros>,
    /// Where it stands.
    pub(super) place: Place,
    seen: HashSet<u64>,
    /// The things that were met.
    met: HashSet<u64>,
    /// The next pages that were named.
    turned: HashSet<u64>,
    /// Pages in a row that brought nothing that was not met before.
    idle: u32,
}

/// How many pages in a row that bring nothing new are believed to lead somewhere.
const IDLE: u32 = 100;
/// The same for a list that only names what changed, where one thing may be named very often.
const IDLE_NAMES: u32 = 1_000;

/// One page of a walk.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) items: Items,
    pub(super) fetched_at: Micros,
}

impl<'a> Walk<'a> {
    /// A walk over everything, or over what changed since a moment, from where it stood.
    pub(super) fn new(
        source: &'a Source,
        (entity, purpose): (&'a str, Purpose),
        operation: &'a Operation,
        since: Option<Micros>,
        place: Place,
    ) -> Self {
        Walk {
            source,
            entity,
            purpose,
            operation,
            since,
            place,
            seen: HashSet::new(),
            met: HashSet::new(),
            turned: HashSet::new(),
            idle: 0,
        }
    }

    /// The next page; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Sheet>, Failure> {
        if self.place.ended {
            return Ok(None);
        }
        let answer = self.ask().await?;
        let items = self.source.items(self.operation, &answer)?;
        let count = self.hold_to_progress(&items)?;
        self.place.pages += 1;
        self.place.items += u64::try_from(count).unwrap_or(u64::MAX);
        self.turn(&answer, &items.answer, count)?;
        if count == 0 && self.place.ended {
            return Ok(None);
        }
        Ok(Some(Sheet { items, fetched_at: answer.fetched_at }))
    }

    async fn ask(&self) -> Result<Answer, Failure> {
        let source = self.source;
        let mut words = Words::default();
        if let Some(since) = self.since {
            words = words.since(since);
        }
        let page = self.operation.page.as_ref();
        if let Some(page) = page {
            words = words.with("cursor", self.place.next.clone().map_or(Value::Null, Value::String));
            words = words.with("offset", self.place.items);
            words = words.with("page", u64::from(page.start.unwrap_or(1)) + self.place.pages);
            words = words.with("size", page.size.map_or(Value::Null, Value::from));
        }
        let request = match (&self.operation.since, self.since) {
            (Some(since), Some(_)) => Cow::Owned(since.over(&self.operation.request)),
            _ => Cow::Borrowed(&self.operation.request),
        };
        if self.operation.report.is_some() {
            return source.report((self.entity, self.purpose), self.operation, &request, &words).await;
        }
        let mut call = source.call((self.entity, self.purpose), self.operation, &request, &words).await?;
        match (page, &self.place.next) {
            (Some(Page { style: PageStyle::NextUrl | PageStyle::Link, .. }), Some(next)) => {
                call.url = Url::parse(next).map_err(|_| source.invalid("its next page is no address"))?;
            }
            _ => self.parameters(&mut call.url, &words),
        }
        // What sync reads is never an answer from before.
        call.max_age = Some(std::time::Duration::ZERO);
        call.stand_in = false;
        source.send(call, self.operation.auth.as_ref()).await
    }

    fn parameters(&self, url: &mut Url, words: &Words) {
        let mut added: Vec<(String, String)> = Vec::new();
        if let Some(page) = &self.operation.page {
            let first = self.place.next.is_none() && page.style == PageStyle::Cursor;
            let word = page.style.word().filter(|_| !first);
            if let (Some(param), Some(word)) = (&page.param, word) {
                added.push((param.clone(), words.text(word).unwrap_or_default()));
            }
            if let (Some(param), Some(size)) = (&page.size_param, page.size) {
                added.push((param.clone(), size.to_string()));
            }
        }
        if !added.is_empty() {
            url.query_pairs_mut().extend_pairs(added);
        }
    }

    /// A page that comes again would be walked for ever, and so would pages that name the same things with something
    /// else about them each time: a counter, a signed address. Answers how many items there are.
    fn hold_to_progress(&mut self, items: &Items) -> Result<usize, Failure> {
        let found = items.each();
        if self.operation.page.is_none() {
            return Ok(found.len());
        }
        let id = self.identity();
        let (mut page, mut fresh) = (DefaultHasher::new(), false);
        for item in &found {
            let text = item.to_string();
            text.hash(&mut page);
            let scope = Scope { item, parent: item, answer: &items.answer, around: &self.source.around };
            let id = id.and_then(|expression| expression.id(scope));
            fresh |= self.met.insert(hashed(id.as_ref().unwrap_or(&text)));
        }
        if !found.is_empty() && !self.seen.insert(page.finish()) {
            let place = self.place.pages + 1;
            return Err(self.source.invalid(format!("page {place} of its list repeats an earlier one")));
        }
        self.idle = if fresh { 0 } else { self.idle + 1 };
        let most = if self.operation.ids_only { IDLE_NAMES } else { IDLE };
        if self.idle > most {
            return Err(self
                .source
                .invalid(format!("{most} pages of its list in a row brought nothing new")));
        }
        Ok(found.len())
    }

    /// What says which thing an item is; observations have nothing that does.
    fn identity(&self) -> Option<&'a Expression> {
        if let Some(expression) = self.operation.match_on.as_deref() {
            return Some(expression);
        }
        let (_, entity) = self.source.entities().find(|(name, _)| *name == self.entity)?;
        let map = self.operation.map.as_ref().unwrap_or(&entity.map);
        map.value.get("id").map(|expression| &*expression.value)
    }

    /// Finds out what comes next.
    fn turn(&mut self, answer: &Answer, body: &Value, count: usize) -> Result<(), Failure> {
        let Some(page) = &self.operation.page else {
            self.place.ended = true;
            return Ok(());
        };
        let at = |path: Option<&Path>| path.and_then(|path| path.one(Scope::whole(body)));
        let total = at(page.total.as_deref()).and_then(whole);
        let more = at(page.more.as_deref()).and_then(Value::as_bool);
        let told = match page.style {
            PageStyle::Page | PageStyle::Offset => None,
            PageStyle::Cursor | PageStyle::NextUrl => Some(at(page.next.as_deref()).and_then(text)),
            PageStyle::Link => Some(linked(answer)),
        };
        let reached = total.is_some_and(|total| self.place.items >= total);
        // A page by number may be empty in the middle of nothing else; a token that goes on is believed.
        let empty = count == 0 && told.is_none();
        self.place.ended = empty || reached || more == Some(false) || matches!(told, Some(None));
        if let (Some(Some(next)), false) = (told, self.place.ended) {
            let next = match page.style {
                PageStyle::NextUrl | PageStyle::Link => {
                    let url = same_origin(&self.source.base, &next);
                    url.ok_or_else(|| self.source.invalid("its next page stands at another host"))?
                        .to_string()
                }
                _ => next,
            };
            if self.place.next.as_ref() == Some(&next) || !self.turned.insert(hashed(&next)) {
                return Err(self.source.invalid("its next page is one that was read already"));
            }
            self.place.next = Some(next);
        }
        Ok(())
    }
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The next page by the header `Link`.
fn linked(answer: &Answer) -> Option<String> {
    let links = answer.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split(',')).find_map(|link| {
        let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = rest.split(';').any(|part| {
            part.trim()
                .strip_prefix("rel=")
                .is_some_and(|rel| rel.trim_matches('"').split(' ').any(|rel| rel == "next"))
        });
        next.then(|| address.to_owned())
    })
}
