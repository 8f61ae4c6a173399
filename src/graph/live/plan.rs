//! What a selection under `live` asks for: read once for a place of the document, and tied to each source that is to
//! answer it, so that no more is asked of a source than what was selected.

use std::time::Duration;

use async_graphql::parser::types::{self, Selection, SelectionSet};
use async_graphql::{Context, Name, Pos, Positioned, Value};
use serde_json::Value as Json;

use super::types::{Field, Holds, Object, Of};
use crate::error::{ClientError, Error};
use crate::graph::answer::{argument, unread};
use crate::upstream::port::Purpose;
use crate::upstream::{Gives, Speaker};

/// What one `live` of a document asks for.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) object: &'static Object,
    pub(super) pos: Pos,
    /// How old an answer may be; without it as long as the operation keeps answers.
    pub(super) max_age: Option<Duration>,
    nodes: Vec<Node>,
}

/// A selected field.
#[derive(Debug)]
struct Node {
    key: Name,
    pos: Pos,
    what: What,
}

#[derive(Debug)]
enum What {
    Typename,
    Field(&'static Field),
    Group(&'static Field, Asked, Vec<Node>),
}

/// The context of an evaluation, where there is one.
type Asked = Option<Json>;

impl Plan {
    /// Reads the field `live` of an object.
    pub(super) fn read(ctx: &Context<'_>, object: &'static Object) -> Result<Self, Error> {
        let max_age = match argument(ctx, "maxAge").map_err(unread)? {
            None => None,
            Some(Value::Number(number)) if number.as_u64().is_some() => {
                number.as_u64().map(Duration::from_secs)
            }
            Some(other) => {
                return Err(
                    ClientError::input(format!("maxAge must be 0 seconds or more, not {other}.")).into()
                );
            }
        };
        let mut nodes = Vec::new();
        read(ctx, &ctx.item.node.selection_set.node, object, &mut nodes)?;
        Ok(Plan { object, pos: ctx.item.pos, max_age, nodes })
    }

    /// Ties the plan to a source.
    pub(super) fn tie(&self, speaker: &Speaker) -> Tied {
        let mut tied = Tied { nodes: Vec::new(), calls: Vec::new(), contexts: Vec::new(), stored: false };
        let nodes = tied.tie(speaker, (self.object, None), &self.nodes);
        // When it was asked can be told only where it is asked for something.
        if tied.calls.is_empty() && tied.contexts.is_empty() && !tied.stored && wants_time(&nodes) {
            let purposes = [Purpose::GetMany, Purpose::Size, Purpose::Stats];
            tied.calls
                .extend(purposes.into_iter().find(|purpose| speaker.asked(*purpose) == Some(Gives::Now)));
        }
        tied.nodes = nodes;
        tied
    }
}

fn wants_time(nodes: &[TiedNode]) -> bool {
    nodes.iter().any(|node| matches!(node.what, TiedWhat::FetchedAt))
}

fn read(
    ctx: &Context<'_>,
    set: &SelectionSet,
    object: &'static Object,
    into: &mut Vec<Node>,
) -> Result<(), Error> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => read_field(ctx, field, object, into)?,
            Selection::InlineFragment(fragment) => {
                read(ctx, &fragment.node.selection_set.node, object, into)?;
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = ctx.query_env.fragments.get(&spread.node.fragment_name.node) {
                    read(ctx, &fragment.node.selection_set.node, object, into)?;
                }
            }
        }
    }
    Ok(())
}

fn read_field(
    ctx: &Context<'_>,
    field: &Positioned<types::Field>,
    object: &'static Object,
    into: &mut Vec<Node>,
) -> Result<(), Error> {
    let key = &field.node.response_key().node;
    let name = field.node.name.node.as_str();
    let known = into.iter().position(|node| node.key == *key);
    if name == "__typename" {
        if known.is_none() {
            into.push(Node { key: key.clone(), pos: field.pos, what: What::Typename });
        }
        return Ok(());
    }
    let Some(declared) = object.field(name) else { return Ok(()) };
    let inner = match declared.holds {
        Holds::Source | Holds::FetchedAt | Holds::Value(_) => {
            if known.is_none() {
                into.push(Node { key: key.clone(), pos: field.pos, what: What::Field(declared) });
            }
            return Ok(());
        }
        Holds::Group(inner) | Holds::Things(inner) | Holds::Decision(inner) => inner,
    };
    let place = match known {
        Some(place) => place,
        None => {
            let asked = match declared.holds {
                Holds::Decision(_) => Some(context(ctx, field)?),
                _ => None,
            };
            let what = What::Group(declared, asked, Vec::new());
            into.push(Node { key: key.clone(), pos: field.pos, what });
            into.len() - 1
        }
    };
    match into.get_mut(place).map(|node| &mut node.what) {
        Some(What::Group(_, _, nodes)) => read(ctx, &field.node.selection_set.node, inner, nodes),
        _ => Ok(()),
    }
}

/// The context that an evaluation is asked for; empty where none is given.
fn context(ctx: &Context<'_>, field: &Positioned<types::Field>) -> Result<Json, Error> {
    let Some(given) = field.node.get_argument("context") else { return Ok(Json::Object(Default::default())) };
    let environment = ctx.query_env;
    let variable = |name: Name| {
        let given = environment.variables.get(&name).cloned();
        let definitions = &environment.operation.node.variable_definitions;
        let definition = || definitions.iter().find(|definition| definition.node.name.node == name);
        Ok::<_, ()>(given.or_else(|| definition()?.node.default_value().cloned()).unwrap_or_default())
    };
    let given = given.node.clone().into_const_with(variable).unwrap_or_default();
    match given.into_json() {
        Ok(Json::Null) => Ok(Json::Object(Default::default())),
        Ok(context) => Ok(context),
        Err(_) => Err(ClientError::input("context must be JSON.").into()),
    }
}

/// A plan with a source that is to answer it: which operation gives what.
#[derive(Debug)]
pub(super) struct Tied {
    pub(super) nodes: Vec<TiedNode>,
    /// The operations that must be asked.
    pub(super) calls: Vec<Purpose>,
    /// The contexts that must be decided.
    pub(super) contexts: Vec<Json>,
    /// Whether something is answered from the store.
    pub(super) stored: bool,
}

/// A selected field and where it comes from.
#[derive(Debug)]
pub(super) struct TiedNode {
    pub(super) key: Name,
    pub(super) pos: Pos,
    pub(super) what: TiedWhat,
}

#[derive(Debug)]
pub(super) enum TiedWhat {
    /// This source cannot say.
    Nothing,
    Typename(&'static str),
    Source,
    FetchedAt,
    /// A value of what an operation answers.
    Value(Purpose, &'static str, Of),
    /// The value that is stored, by the noun's field.
    Stored(&'static str),
    /// Values of the same record put together; null where no operation gives any.
    Group(Vec<TiedNode>),
    /// Things of the connector's entity that stand within the record.
    Things(String, Vec<TiedNode>),
    /// What is decided for the context at this place among those of the plan.
    Decision(usize, Vec<TiedNode>),
}

impl Tied {
    /// Whether this source can say anything of what was asked.
    pub(super) fn says_something(&self) -> bool {
        !self.calls.is_empty() || !self.contexts.is_empty() || self.stored
    }

    /// Ties fields of an object; what stands within an answer is given by it.
    fn tie(
        &mut self,
        speaker: &Speaker,
        of: (&'static Object, Option<Purpose>),
        nodes: &[Node],
    ) -> Vec<TiedNode> {
        let tied = nodes.iter().map(|node| TiedNode {
            key: node.key.clone(),
            pos: node.pos,
            what: match &node.what {
                What::Typename => TiedWhat::Typename(of.0.name),
                What::Field(field) => self.tie_field(speaker, of, field),
                What::Group(field, asked, nodes) => self.tie_group(speaker, field, asked.as_ref(), nodes),
            },
        });
        tied.collect()
    }

    fn tie_field(
        &mut self,
        speaker: &Speaker,
        (object, inside): (&'static Object, Option<Purpose>),
        field: &'static Field,
    ) -> TiedWhat {
        let value = match &field.holds {
            Holds::Source => return TiedWhat::Source,
            Holds::FetchedAt => return TiedWhat::FetchedAt,
            Holds::Value(value) => value,
            Holds::Group(_) | Holds::Things(_) | Holds::Decision(_) => return TiedWhat::Nothing,
        };
        if let Some(purpose) = inside {
            return TiedWhat::Value(purpose, value.key, object.of(value));
        }
        let given =
            value.from.iter().find_map(|purpose| Some((*purpose, speaker.gives(*purpose, value.key)?)));
        match given {
            Some((purpose, Gives::Now)) => {
                self.call(purpose);
                TiedWhat::Value(purpose, value.key, object.of(value))
            }
            Some((_, Gives::Stored)) if object.holds(value) => {
                self.stored = true;
                TiedWhat::Stored(value.key)
            }
            Some((_, Gives::Stored)) | None => TiedWhat::Nothing,
        }
    }

    fn tie_group(
        &mut self,
        speaker: &Speaker,
        field: &'static Field,
        asked: Option<&Json>,
        nodes: &[Node],
    ) -> TiedWhat {
        match &field.holds {
            Holds::Group(inner) => {
                let nodes = self.tie(speaker, (inner, None), nodes);
                match nodes.iter().all(|node| matches!(node.what, TiedWhat::Nothing)) {
                    true => TiedWhat::Nothing,
                    false => TiedWhat::Group(nodes),
                }
            }
            Holds::Things(inner) => match (speaker.within(inner.noun), speaker.asked(Purpose::GetMany)) {
                (Some(within), Some(Gives::Now)) => {
                    self.call(Purpose::GetMany);
                    let nodes = self.tie(speaker, (inner, Some(Purpose::GetMany)), nodes);
                    TiedWhat::Things(within.to_owned(), nodes)
                }
                _ => TiedWhat::Nothing,
            },
            Holds::Decision(inner) => match speaker.asked(Purpose::Evaluate) {
                Some(Gives::Now) => {
                    let context = asked.cloned().unwrap_or_default();
                    let place =
                        self.contexts.iter().position(|known| *known == context).unwrap_or_else(|| {
                            self.contexts.push(context);
                            self.contexts.len() - 1
                        });
                    TiedWhat::Decision(place, self.tie(speaker, (inner, Some(Purpose::Evaluate)), nodes))
                }
                Some(Gives::Stored) | None => TiedWhat::Nothing,
            },
            Holds::Source | Holds::FetchedAt | Holds::Value(_) => TiedWhat::Nothing,
        }
    }

    fn call(&mut self, purpose: Purpose) {
        if !self.calls.contains(&purpose) {
            self.calls.push(purpose);
        }
    }
}
