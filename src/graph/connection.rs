//! Lists of the graph as Relay's connections: a page, its edges, where it stands, and how many there are in all.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, OutputType, Positioned, ServerResult, SimpleObject, Value,
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::answer::{
    ahead_of_nodes, argument, needed_of_nodes, operation, or_null, told, unread, wanted, window,
};
use super::fields::{AtHand, resolve_fields, resolve_items};
use super::filter::codes_of;
use super::record::{Level, Record, records_with};
use super::types::edge_types;
use crate::catalogue::{self, CATALOGUE, Code, Edge, Entry, PairsOfAny, Target};
use crate::clock::{Micros, written};
use crate::error::Error;
use crate::store::{About, Columns, Found, Hold, Order, Page, Rows, Side, Span, Wanted};

/// The pages that were read together: one for each parent, or a single one at the root.
#[derive(Debug)]
pub(super) struct Listing {
    /// The stem of the names of its types.
    stem: String,
    records: Vec<Record>,
    /// The records' places, where the order alone does not give them.
    marks: Vec<String>,
    validity: Vec<(Option<Micros>, Option<Micros>)>,
    spans: Vec<Span>,
    wanted: Wanted,
    source: Source,
    counts: OnceCell<Result<Vec<i64>, Error>>,
    /// What stands outside the cursors: in front of `after`, and behind `before`.
    front: OnceCell<Result<Vec<i64>, Error>>,
    behind: OnceCell<Result<Vec<i64>, Error>>,
}

/// Where the rows of a listing come from, for the questions about the whole list.
#[derive(Debug)]
enum Source {
    Root(&'static Entry),
    Edge(&'static Entry, Hold<'static>, Vec<Uuid>),
    Any(PairsOfAny, Vec<Code>, Vec<Uuid>),
    Found(Found),
}

impl Listing {
    fn new(stem: String, records: Vec<Record>, spans: Vec<Span>, (wanted, source): (Wanted, Source)) -> Self {
        Listing {
            stem,
            records,
            marks: Vec::new(),
            validity: Vec::new(),
            spans,
            wanted,
            source,
            counts: OnceCell::new(),
            front: OnceCell::new(),
            behind: OnceCell::new(),
        }
    }

    /// A page of all rows of a noun.
    pub(super) async fn of_noun(ctx: &Context<'_>, entry: &'static Entry) -> Result<Self, Error> {
        let wanted = wanted(ctx, entry)?;
        let columns = needed_of_nodes(ctx, entry).with(wanted.order.column);
        let ahead = ahead_of_nodes(ctx, entry);
        let Page { rows, ends, more } = if is_shown(ctx) {
            operation(ctx).reader.page(entry, columns, &ahead.ends, &wanted).await?
        } else {
            Page { rows: Rows::new(entry, columns), ends: Vec::new(), more: false }
        };
        let span = Span { start: 0, end: rows.len(), more };
        let records = Record::all(&Level::with_ends(rows, ends, &ahead.places)).collect();
        Ok(Listing::new(entry.noun.name.to_owned(), records, vec![span], (wanted, Source::Root(entry))))
    }

    /// A page of an edge for each parent, as the field's arguments ask.
    pub(super) async fn of_arguments(
        ctx: &Context<'_>,
        (edge, hold): (&'static Edge, Hold<'static>),
        owner: &'static Entry,
        parents: Vec<Uuid>,
    ) -> Result<Self, Error> {
        let Target::Noun(code) = edge.target else { return Err(Error::broken("an edge leads to no noun")) };
        let entry = catalogue::by_code(code).ok_or_else(|| Error::broken("an edge leads to no noun"))?;
        let wanted = wanted(ctx, entry)?;
        let columns = needed_of_nodes(ctx, entry).with(wanted.order.column);
        let mut listing = if is_shown(ctx) {
            Listing::of_edge(ctx, (entry, columns), (edge, hold), wanted, parents).await?
        } else {
            let spans = vec![Span::default(); parents.len()];
            Listing::new(String::new(), Vec::new(), spans, (wanted, Source::Edge(entry, hold, parents)))
        };
        listing.stem = edge_types(owner, edge);
        Ok(listing)
    }

    /// A page of an edge for each parent.
    pub(super) async fn of_edge(
        ctx: &Context<'_>,
        (entry, columns): (&'static Entry, Columns),
        (edge, hold): (&'static Edge, Hold<'static>),
        wanted: Wanted,
        parents: Vec<Uuid>,
    ) -> Result<Self, Error> {
        let pages =
            operation(ctx).reader.pages((entry, columns), (hold, edge.valid), &wanted, &parents).await?;
        let records = Record::all(&Level::new(pages.rows)).collect();
        let source = Source::Edge(entry, hold, parents);
        let mut listing = Listing::new(entry.noun.name.to_owned(), records, pages.spans, (wanted, source));
        listing.validity = pages.validity;
        Ok(listing)
    }

    /// A page of an edge to any type for each parent.
    pub(super) async fn of_any(
        ctx: &Context<'_>,
        pairs: PairsOfAny,
        parents: Vec<Uuid>,
    ) -> Result<Self, Error> {
        let codes: Vec<Code> = match argument(ctx, "types").map_err(unread)? {
            Some(types) => codes_of(&types)?,
            None => Vec::new(),
        };
        let wanted = window(ctx, &CATALOGUE[0], Order::BY_ID)?;
        let lists = operation(ctx).reader.pairs_of_any(pairs, &codes, &wanted, &parents).await?;
        let ends = lists.iter().flat_map(|(list, _)| list.iter().copied().map(Some)).collect();
        let found = records_with(ctx, ends, needed_of_nodes).await?;
        let mut found = found.into_iter();
        let mut records = Vec::new();
        let mut spans = Vec::new();
        for (list, more) in lists {
            let start = records.len();
            records.extend(found.by_ref().take(list.len()).flatten());
            spans.push(Span { start, end: records.len(), more });
        }
        let source = Source::Any(pairs, codes, parents);
        Ok(Listing::new("Node".to_owned(), records, spans, (wanted, source)))
    }

    /// A page of things of any type whose places are known.
    pub(super) fn of_marks(
        found: Vec<(Record, String)>,
        more: bool,
        (wanted, search): (Wanted, Found),
    ) -> Self {
        let (records, marks): (Vec<Record>, Vec<String>) = found.into_iter().unzip();
        let span = Span { start: 0, end: records.len(), more };
        let mut listing =
            Listing::new("Node".to_owned(), records, vec![span], (wanted, Source::Found(search)));
        listing.marks = marks;
        listing
    }

    /// The records of one parent.
    pub(super) fn records_of(&self, parent: usize) -> &[Record] {
        let span = self.span(parent);
        self.records.get(span.start..span.end).unwrap_or_default()
    }

    fn span(&self, parent: usize) -> Span {
        self.spans.get(parent).copied().unwrap_or_default()
    }

    fn cursor(&self, place: usize) -> Option<String> {
        let record = self.records.get(place)?;
        Some(self.marks.get(place).cloned().unwrap_or_else(|| record.cursor(self.wanted.order)))
    }

    async fn count(&self, ctx: &Context<'_>, parent: usize) -> Result<i64, Error> {
        let reader = &operation(ctx).reader;
        let counts = self.counts.get_or_init(|| async {
            match &self.source {
                Source::Root(entry) => Ok(vec![reader.count(entry, &self.wanted).await?]),
                Source::Edge(entry, hold, parents) => {
                    reader.about(entry, (*hold, About::Count), &self.wanted, parents).await
                }
                Source::Any(pairs, codes, parents) => {
                    reader.count_of_any(*pairs, codes, (Side::Front, &Wanted::all()), parents).await
                }
                Source::Found(search) => Ok(vec![reader.count_found(search).await?]),
            }
        });
        Ok(counts.await.clone()?.get(parent).copied().unwrap_or_default())
    }

    /// Whether anything stands outside the cursor on this side, the cursor's own row included.
    async fn outside(&self, ctx: &Context<'_>, side: Side, parent: usize) -> Result<bool, Error> {
        let (cursor, once) = match side {
            Side::Front => (&self.wanted.after, &self.front),
            Side::Behind => (&self.wanted.before, &self.behind),
        };
        if let Source::Found(search) = &self.source {
            return Ok(side == Side::Front && search.after.is_some());
        }
        if cursor.is_none() {
            return Ok(false);
        }
        let reader = &operation(ctx).reader;
        let outside = once.get_or_init(|| async {
            match &self.source {
                Source::Root(entry) => Ok(vec![i64::from(reader.outside(entry, side, &self.wanted).await?)]),
                Source::Edge(entry, hold, parents) => {
                    reader.about(entry, (*hold, About::Outside(side)), &self.wanted, parents).await
                }
                Source::Any(pairs, codes, parents) => {
                    reader.count_of_any(*pairs, codes, (side, &self.wanted), parents).await
                }
                Source::Found(_) => Ok(Vec::new()),
            }
        });
        Ok(outside.await.clone()?.get(parent).is_some_and(|number| *number > 0))
    }
}

/// Whether anything of the page is asked for, and not only how many there are.
fn is_shown(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|field| matches!(field.name(), "edges" | "pageInfo"))
}

/// The list of one parent.
#[derive(Debug)]
pub(super) struct Connection {
    listing: Arc<Listing>,
    parent: usize,
}

impl Connection {
    pub(super) fn new(listing: Arc<Listing>, parent: usize) -> Self {
        Connection { listing, parent }
    }

    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo, Error> {
        let Span { start, end, more } = self.listing.span(self.parent);
        let asked = |name| ctx.field().selection_set().any(|field| field.name() == name);
        let (listing, parent) = (&self.listing, self.parent);
        let (more_behind, more_in_front) =
            if listing.wanted.backward { (false, more) } else { (more, false) };
        Ok(PageInfo {
            has_next_page: more_behind
                || (asked("hasNextPage") && listing.outside(ctx, Side::Behind, parent).await?),
            has_previous_page: more_in_front
                || (asked("hasPreviousPage") && listing.outside(ctx, Side::Front, parent).await?),
            start_cursor: (start < end).then(|| self.listing.cursor(start)).flatten(),
            end_cursor: (start < end).then(|| self.listing.cursor(end - 1)).flatten(),
        })
    }
}

/// Where a page stands in its list.
#[derive(Debug, SimpleObject)]
#[graphql(shareable)]
pub(super) struct PageInfo {
    /// Whether more follow behind this page.
    pub(super) has_next_page: bool,
    /// Whether more stand in front of this page.
    pub(super) has_previous_page: bool,
    /// The place of the first edge; absent on an empty page.
    pub(super) start_cursor: Option<String>,
    /// The place of the last edge; absent on an empty page.
    pub(super) end_cursor: Option<String>,
}

struct EdgeAt<'a> {
    listing: &'a Listing,
    place: usize,
}

impl ContainerType for Connection {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        match ctx.item.node.name.node.as_str() {
            "edges" => {
                let Span { start, end, .. } = self.listing.span(self.parent);
                let edges = (start..end).map(|place| EdgeAt { listing: &self.listing, place });
                resolve_items(&selection, ctx.item, edges).await.map(Some)
            }
            "pageInfo" => match self.page_info(ctx).await {
                Ok(info) => info.resolve(&selection, ctx.item).await.map(Some),
                Err(error) => Err(told(ctx, &error)),
            },
            "totalCount" => {
                or_null(ctx, self.listing.count(ctx, self.parent).await.map(|count| Ok(Value::from(count))))
            }
            _ => Ok(None),
        }
    }
}

impl AtHand for Connection {
    fn at_hand(&self, _field: &Field) -> Option<Value> {
        None
    }
}

impl OutputType for Connection {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("NodeConnection")
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", self.listing.stem))
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "NodeConnection!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_fields(ctx, self).await
    }
}

impl ContainerType for EdgeAt<'_> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match (ctx.item.node.name.node.as_str(), self.listing.records.get(self.place)) {
            ("node", Some(record)) => {
                let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
                record.resolve(&selection, ctx.item).await.map(Some)
            }
            _ => Ok(self.at_hand(&ctx.item.node)),
        }
    }
}

impl AtHand for EdgeAt<'_> {
    fn at_hand(&self, field: &Field) -> Option<Value> {
        let moment =
            |moment: Option<Micros>| moment.map_or(Value::Null, |moment| Value::String(written(moment)));
        let validity = self.listing.validity.get(self.place).copied().unwrap_or_default();
        match field.name.node.as_str() {
            "cursor" => self.listing.cursor(self.place).map(Value::String),
            "validFrom" => Some(moment(validity.0)),
            "validTo" => Some(moment(validity.1)),
            _ => None,
        }
    }
}

impl OutputType for EdgeAt<'_> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("NodeEdge")
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", self.listing.stem))
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "NodeEdge!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_fields(ctx, self).await
    }
}
