//! The root of the graph: looking up one thing, listing many, searching, and the entities that gateways ask for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Field, Selection};
use async_graphql::registry::{MetaField, MetaInputValue, Registry};
use async_graphql::resolver_utils::{resolve_container, resolve_list};
use async_graphql::{
    Any, ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult,
    Value, Variables,
};

use super::answer::{ahead, argument, needed, needed_of_nodes, operation, or_null, size, text, told, unread};
use super::conflict::FieldConflict;
use super::connection::{Connection, Listing, PageInfo};
use super::external_id::Identity as ExternalIdentity;
use super::fields::resolve_items;
use super::filter::{codes_of, id_of, items, no_id};
use super::kpi;
use super::map::{Relation, relations};
use super::meta::{field, field_with, input, input_object, object};
use super::operation::{By, Lookup};
use super::record::{Level, Record, records_with};
use super::rejected;
use super::types::{DEFAULT_PAGE, LARGEST_PAGE, list_arguments, register};
use crate::catalogue::{CATALOGUE, Entry, Identity};
use crate::error::{ClientError, Code, Error};
use crate::store::{Found, Order, Predicate, Wanted, decode_id, mark};

/// The root type.
#[derive(Debug, Clone, Copy)]
pub struct Query;

/// What a root field does.
#[derive(Debug, Clone, Copy)]
enum Root {
    Node,
    Nodes,
    Search,
    Relations,
    Kpi(kpi::Root),
    RejectedEvents,
    One(&'static Entry),
    Many(&'static Entry),
}

static ROOTS: LazyLock<HashMap<String, Root>> = LazyLock::new(|| {
    let fixed = [
        ("node", Root::Node),
        ("nodes", Root::Nodes),
        ("search", Root::Search),
        ("relations", Root::Relations),
        ("rejectedEvents", Root::RejectedEvents),
    ];
    let mut roots: HashMap<String, Root> =
        fixed.into_iter().map(|(name, root)| (name.to_owned(), root)).collect();
    roots.extend(kpi::Root::ALL.map(|(name, root)| (name.to_owned(), Root::Kpi(root))));
    for entry in CATALOGUE.iter() {
        roots.insert(entry.noun.singular(), Root::One(entry));
        roots.insert(entry.noun.plural.to_owned(), Root::Many(entry));
    }
    roots
});

/// Nouns that are few: their root lists come whole.
fn is_plain(entry: &Entry) -> bool {
    matches!(entry.noun.identity, Identity::Name(_))
}

/// How many things the root of an operation looks up, so that they can be read as soon as all have been asked for.
/// Where it cannot be told it is many, and what is asked for within a millisecond is read together.
pub fn lookups(document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> usize {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => operations.values().next(),
    };
    operation.map_or(0, |operation| {
        let items = &operation.node.selection_set.node.items;
        items.iter().fold(0_usize, |sum, selection| sum.saturating_add(looked_up(selection, variables)))
    })
}

/// How many cannot be told.
const MANY: usize = 10_000;

fn looked_up(selection: &Positioned<Selection>, variables: &Variables) -> usize {
    let Selection::Field(field) = &selection.node else { return MANY };
    let name = field.node.name.node.as_str();
    match (name, ROOTS.get(name)) {
        _ if !field.node.directives.is_empty() => MANY,
        ("_entities", _) => length(field, "representations", variables),
        (_, Some(Root::Nodes)) => length(field, "ids", variables),
        (_, Some(Root::Node | Root::One(_))) => 1,
        _ => 0,
    }
}

fn length(field: &Positioned<Field>, name: &str, variables: &Variables) -> usize {
    let argument = field.node.get_argument(name);
    let given = |name| variables.get(&name).cloned().ok_or(());
    let value = argument.and_then(|value| value.node.clone().into_const_with(given).ok());
    value.map_or(MANY, |value| items(&value).count())
}

impl Query {
    async fn node(&self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        let id = text(ctx, "id").map_err(unread)?.unwrap_or_default();
        let (entry, id) = decode_id(&id).ok_or_else(|| no_id(&id))?;
        let lookup = Lookup { code: entry.noun.code, columns: needed(ctx, entry), by: By::Id(id) };
        self.found(ctx, operation(ctx).find_apart(lookup, || ahead(ctx, entry)).await?).await
    }

    async fn found(&self, ctx: &Context<'_>, record: Option<Record>) -> Result<ServerResult<Value>, Error> {
        Ok(match record {
            Some(record) => {
                record.resolve(&ctx.with_selection_set(&ctx.item.node.selection_set), ctx.item).await
            }
            None => Ok(Value::Null),
        })
    }

    async fn nodes(&self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        let ids = argument(ctx, "ids").map_err(unread)?.unwrap_or_default();
        let count = items(&ids).count();
        if count > LARGEST_PAGE {
            return Err(ClientError::input(format!(
                "ids may name at most {LARGEST_PAGE} things, not {count}."
            ))
            .into());
        }
        let mut lookups = Vec::with_capacity(count);
        for id in items(&ids) {
            let Value::String(id) = id else { return Err(no_id(&id.to_string()).into()) };
            let (entry, id) = decode_id(id).ok_or_else(|| no_id(id))?;
            lookups.push(Lookup { code: entry.noun.code, columns: needed(ctx, entry), by: By::Id(id) });
        }
        let found = operation(ctx).find_all(lookups.clone()).await?;
        let records = lookups.iter().map(|lookup| found.get(lookup).cloned());
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        Ok(resolve_list(&selection, ctx.item, records, Some(lookups.len())).await)
    }

    async fn one(&self, ctx: &Context<'_>, entry: &'static Entry) -> Result<ServerResult<Value>, Error> {
        let id = text(ctx, "id").map_err(unread)?;
        let key = argument(ctx, "key").map_err(unread)?;
        let by = match (id, key, entry.noun.identity) {
            (Some(id), None, _) => By::Id(id_of(&id, entry)?),
            (None, Some(Value::String(name)), Identity::Name(_)) => By::Name(name),
            (None, Some(Value::Object(key)), _) => {
                let part = |name: &str| match key.get(name) {
                    Some(Value::String(text)) => Ok(text.clone()),
                    _ => Err(ClientError::input(format!("A key needs its {name}, as text."))),
                };
                By::Key(part("source")?, part("value")?)
            }
            (None, None, Identity::Name(_)) if text(ctx, "name").map_err(unread)?.is_some() => {
                By::Name(text(ctx, "name").map_err(unread)?.unwrap_or_default())
            }
            _ => {
                let what = entry.noun.singular();
                return Err(
                    ClientError::input(format!("{what} needs one of its arguments, and only one.")).into()
                );
            }
        };
        let lookup = Lookup { code: entry.noun.code, columns: needed(ctx, entry), by };
        self.found(ctx, operation(ctx).find_apart(lookup, || ahead(ctx, entry)).await?).await
    }

    async fn many(&self, ctx: &Context<'_>, entry: &'static Entry) -> Result<ServerResult<Value>, Error> {
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        if is_plain(entry) {
            let mut columns = needed(ctx, entry);
            if let Identity::Name(name) = entry.noun.identity {
                columns = entry.column(name).map_or(columns, |place| columns.with(place));
            }
            let page = operation(ctx).reader.page(entry, columns, &[], &Wanted::all()).await?;
            let level = Level::new(page.rows);
            let mut records: Vec<Record> = Record::all(&level).collect();
            if entry.noun.name == "Kpi" {
                records = Box::pin(kpi::with_status(ctx, records)).await?;
            }
            return Ok(resolve_items(&selection, ctx.item, records.into_iter()).await);
        }
        let listing = Arc::new(Listing::of_noun(ctx, entry).await?);
        Ok(Connection::new(listing, 0).resolve(&selection, ctx.item).await)
    }

    async fn search(&self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        let words = text(ctx, "text").map_err(unread)?.unwrap_or_default();
        let codes = match argument(ctx, "types").map_err(unread)? {
            Some(types) => codes_of(&types)?,
            None => Vec::new(),
        };
        let limit = size(ctx, "first")?.unwrap_or(DEFAULT_PAGE);
        let after = text(ctx, "after").map_err(unread)?;
        let found = Found::new(&words, codes, after.as_deref())?;
        let hits = operation(ctx).reader.search(&found, limit).await?;
        let more = hits.len() > limit;
        let hits = hits.get(..limit.min(hits.len())).unwrap_or_default();
        let ends = hits.iter().map(|(code, id, _)| Some((*code, *id))).collect();
        let records = records_with(ctx, ends, needed_of_nodes).await?;
        let marked =
            records.into_iter().zip(hits).filter_map(|(record, hit)| Some((record?, mark(hit)))).collect();
        let wanted = Wanted { filter: Predicate::All(Vec::new()), order: Order::BY_ID, ..Wanted::all() };
        let listing = Arc::new(Listing::of_marks(marked, more, (wanted, found)));
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        Ok(Connection::new(listing, 0).resolve(&selection, ctx.item).await)
    }

    async fn entity(&self, ctx: &Context<'_>, representation: &Value) -> Result<ServerResult<Value>, Error> {
        let Value::Object(map) = representation else {
            return Err(ClientError::input("A representation must be an object.").into());
        };
        let part = |name: &str| match map.get(name) {
            Some(Value::String(text)) => text.as_str(),
            _ => "",
        };
        let (name, id) = (part("__typename"), part("id"));
        let entry = CATALOGUE.iter().find(|entry| entry.noun.name == name).ok_or_else(|| {
            ClientError::new(Code::BadUserInput, format!("{name:?} is not an entity of this graph."))
        })?;
        let lookup =
            Lookup { code: entry.noun.code, columns: needed(ctx, entry), by: By::Id(id_of(id, entry)?) };
        self.found(ctx, operation(ctx).find(lookup).await?).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match ROOTS.get(ctx.item.node.name.node.as_str()) {
            Some(Root::Node) => or_null(ctx, self.node(ctx).await),
            Some(Root::Nodes) => or_null(ctx, self.nodes(ctx).await),
            Some(Root::Search) => or_null(ctx, self.search(ctx).await),
            Some(Root::One(entry)) => or_null(ctx, self.one(ctx, entry).await),
            Some(Root::Many(entry)) => or_null(ctx, self.many(ctx, entry).await),
            Some(Root::Kpi(root)) => or_null(ctx, Box::pin(root.resolve(ctx)).await),
            Some(Root::RejectedEvents) => or_null(ctx, rejected::list(ctx).await),
            Some(Root::Relations) => {
                let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
                relations().resolve(&selection, ctx.item).await.map(Some)
            }
            None => Ok(None),
        }
    }

    async fn find_entity(&self, ctx: &Context<'_>, representation: &Value) -> ServerResult<Option<Value>> {
        match self.entity(ctx, representation).await {
            Ok(value) => value.map(Some),
            Err(error) => {
                let mut told = told(ctx, &error);
                let (_, all) = ctx.param_value::<Vec<Any>>("representations", None)?;
                if let Some(place) = all.iter().position(|any| any.0 == *representation) {
                    told.path.push(async_graphql::PathSegment::Index(place));
                }
                ctx.add_error(told);
                Ok(Some(Value::Null))
            }
        }
    }
}

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Query")
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register(registry);
        kpi::register(registry);
        <PageInfo as OutputType>::create_type_info(registry);
        <ExternalIdentity as OutputType>::create_type_info(registry);
        <FieldConflict as OutputType>::create_type_info(registry);
        <Relation as OutputType>::create_type_info(registry);
        rejected::register(registry);
        input_object(
            registry,
            "Key",
            "The key that a source uses for something.",
            vec![
                input("source", "String!", "The name of the source."),
                input("value", "String!", "The key there."),
            ],
        );
        object(
            registry,
            "Query",
            "The connected graph of a company's marketing content.",
            root_fields(),
            false,
        );
        "Query!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ObjectType for Query {}

fn root_fields() -> Vec<MetaField> {
    let id = || input("id", "ID", "Its global id.");
    let mut fields = vec![
        field_with(
            "node",
            "Node",
            "The thing with this global id; null where there is none.",
            vec![input("id", "ID!", "A global id from an answer.")],
        ),
        field_with(
            "nodes",
            "[Node]",
            "The things with these global ids, in their order; null where there is none.",
            vec![input("ids", "[ID!]!", "At most 100 global ids from answers.")],
        ),
        field_with(
            "search",
            "NodeConnection",
            "What has all these words in its title, labels, description or copy, the best first. Case does not count, and a word may be the beginning of a longer one.",
            search_arguments(),
        ),
        field("relations", "[Relation!]!", "The graph's own map: every relation with both its ends."),
        rejected::root_field(),
    ];
    fields.extend(kpi::Root::ALL.map(|(_, root)| root.field()));
    for entry in CATALOGUE.iter() {
        let noun = &entry.noun;
        let mut args = vec![id()];
        match noun.identity {
            Identity::Key => args.push(input("key", "Key", "The key that a source uses for it.")),
            Identity::Name(column) => {
                args.push(input(column, "String", "Its own name, which is the same in every source."))
            }
            Identity::Dimensions(_) => {}
        }
        let doc = format!("The {} with this id or key; null where there is none.", noun.label());
        fields.push(field_with(&noun.singular(), noun.name, &doc, args));
        fields.push(if noun.name == "Kpi" {
            kpi::list_field(noun.plural)
        } else if is_plain(entry) {
            field(noun.plural, &format!("[{}!]", noun.name), &format!("All {}.", noun.plural))
        } else {
            let doc = format!("A page of all {}.", noun.plural);
            field_with(noun.plural, &format!("{}Connection", noun.name), &doc, list_arguments(noun.name))
        });
    }
    fields
}

fn search_arguments() -> Vec<MetaInputValue> {
    vec![
        input("text", "String!", "The words to look for."),
        input("types", "[NodeType!]", "Only these types."),
        input("first", "Int", "How many: at most 100, 20 if it is not given."),
        input(
            "after",
            "String",
            "Only what ranks behind this cursor. What is new in the store may move the rank of what was there.",
        ),
    ]
}
