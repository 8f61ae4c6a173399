//! Filling: every mark in the answer becomes what the sources said, and what failed becomes null with its error.

use async_graphql::indexmap::IndexMap;
use async_graphql::{ErrorExtensionValues, Name, PathSegment, Pos, Response, ServerError, Value};

use super::answered::{Answered, Said, refusal};
use super::gather::{Gathered, gather};
use super::plan::{TiedNode, TiedWhat};
use super::provenance::{self, Entry};
use super::types::Of;
use super::value::value;
use super::{Asked, MARK};
use crate::clock::{Micros, read, written};
use crate::error::{ClientError, Code};
use crate::graph::answer::logged;
use crate::graph::operation::Operation;
use crate::graph::record::Record as Row;
use crate::outbound::Failure;
use crate::upstream::port::Purpose;
use crate::upstream::{Found, Record};

/// Asks the sources and fills the marks of an answer.
pub(super) async fn fill(operation: &Operation, asked: &Asked, response: &mut Response) {
    let (gathered, failed) = match gather(operation, asked).await {
        Ok(gathered) => (gathered, None),
        Err(error) => (Gathered::default(), Some(logged(&error, "live"))),
    };
    let telling = operation.live.provenance.then(Vec::new);
    let mut filling =
        Filling { asked, gathered: &gathered, failed, path: Vec::new(), errors: Vec::new(), telling };
    filling.walk(&mut response.data);
    response.errors.append(&mut filling.errors);
    if let Some(telling) = filling.telling {
        response.extensions.insert("provenance".to_owned(), Value::List(telling));
    }
}

/// A step on the way through the answer.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Key(Name),
    Item(usize),
}

struct Filling<'a> {
    asked: &'a Asked,
    gathered: &'a Gathered,
    /// Why nothing could be asked at all.
    failed: Option<ClientError>,
    path: Vec<Step>,
    errors: Vec<ServerError>,
    /// Where everything came from, where that is wanted.
    telling: Option<Vec<Value>>,
}

impl<'a> Filling<'a> {
    fn walk(&mut self, at: &mut Value) {
        match at {
            Value::List(items) => {
                for (place, item) in items.iter_mut().enumerate() {
                    if let Value::List(_) | Value::Object(_) = item {
                        self.path.push(Step::Item(place));
                        self.walk(item);
                        self.path.pop();
                    }
                }
            }
            Value::Object(members) if is_mark(members) => {
                let marks: Vec<usize> = members.values().filter_map(place_of).collect();
                let filled = marks.into_iter().map(|mark| self.thing(mark)).reduce(merged);
                *at = filled.unwrap_or_default();
            }
            Value::Object(members) => {
                for (key, member) in members {
                    if let Value::List(_) | Value::Object(_) = member {
                        self.path.push(Step::Key(key.clone()));
                        self.walk(member);
                        self.path.pop();
                    }
                }
            }
            _ => {}
        }
    }

    /// The live state that a mark stands for.
    fn thing(&mut self, mark: usize) -> Value {
        let Some((plan, id)) = self.asked.marks.get(mark) else { return Value::Null };
        let plan = &self.asked.plans[*plan].0;
        if let Some(error) = self.failed.clone() {
            self.tell(plan.pos, error, None);
            return Value::Null;
        }
        let gathered = self.gathered;
        let Some(Some(target)) = gathered.targets.get(mark) else { return Value::Null };
        let tie = &gathered.ties[target.tie];
        let synced = gathered.synced.get(&*tie.speaker.source.name).copied();
        let stored = gathered.stored.get(id).filter(|_| tie.tied.stored);
        let answered = Answered::new(gathered, tie, target);
        self.tell_whence(&answered, stored.map(|record| (record, synced)));
        let here = Here {
            name: &tie.speaker.source.name,
            fetched_at: answered.fetched_at().or_else(|| stored.and(synced)),
            answered: &answered,
            inside: None,
            stored,
        };
        match stored.is_none() && answered.unknown() {
            true => Value::Null,
            false => self.nodes(&here, &tie.tied.nodes),
        }
    }

    fn nodes(&mut self, here: &Here<'_>, nodes: &[TiedNode]) -> Value {
        let mut members = IndexMap::with_capacity(nodes.len());
        for node in nodes {
            let value = self.node(here, node);
            members.insert(node.key.clone(), value);
        }
        Value::Object(members)
    }

    fn node(&mut self, here: &Here<'_>, node: &TiedNode) -> Value {
        match &node.what {
            TiedWhat::Nothing => Value::Null,
            TiedWhat::Typename(name) => Value::from(*name),
            TiedWhat::Source => Value::from(here.name),
            TiedWhat::FetchedAt => match (here.fetched_at, here.answered.failure()) {
                (Some(moment), _) => Value::String(written(moment)),
                (None, Some(failure)) => self.failed(node, failure),
                (None, None) => Value::Null,
            },
            TiedWhat::Stored(field) => here.stored.and_then(|record| record.field(field)).unwrap_or_default(),
            TiedWhat::Value(purpose, key, of) => match here.inside {
                Some(record) => self.value(here, node, (record, key, *of)),
                None => match here.answered.said(*purpose) {
                    Some(Said::Found(found)) => self.value(here, node, (&found.record, key, *of)),
                    Some(Said::Failed(failure)) => self.failed(node, failure),
                    Some(Said::Unknown(_)) | None => Value::Null,
                },
            },
            TiedWhat::Group(nodes) => match here.answered.of_group(nodes) {
                Some(Said::Failed(failure)) => self.failed(node, failure),
                Some(Said::Unknown(_)) => Value::Null,
                Some(Said::Found(_)) | None => self.within(&node.key, |filling| filling.nodes(here, nodes)),
            },
            TiedWhat::Things(entity, nodes) => match here.answered.said(Purpose::GetMany) {
                Some(Said::Found(found)) => {
                    self.within(&node.key, |filling| filling.things(here, (found, entity), nodes))
                }
                Some(Said::Failed(failure)) => self.failed(node, failure),
                Some(Said::Unknown(_)) | None => Value::Null,
            },
            TiedWhat::Decision(place, nodes) => self.decision(here, node, (*place, nodes)),
        }
    }

    fn things(&mut self, here: &Here<'_>, (found, entity): (&Found, &str), nodes: &[TiedNode]) -> Value {
        let things = found.within.iter().filter(|(name, _)| name == entity).enumerate();
        let things = things.map(|(place, (_, record))| {
            self.path.push(Step::Item(place));
            let value = self.nodes(&Here { inside: Some(record), ..*here }, nodes);
            self.path.pop();
            value
        });
        Value::List(things.collect())
    }

    fn decision(&mut self, here: &Here<'_>, node: &TiedNode, (place, nodes): (usize, &[TiedNode])) -> Value {
        let Some(outcome) = here.answered.decision(place) else { return Value::Null };
        let failed = match outcome {
            Ok(Some(found)) => refusal(here.name, &found.record),
            _ => None,
        };
        let entry = match (&failed, outcome) {
            (Some(_), _) => Entry::failed(here.name, Purpose::Evaluate, Code::UpstreamInvalid),
            (None, Ok(Some(found))) => Entry::found(here.name, Purpose::Evaluate, found),
            (None, Ok(None)) => Entry::known_nothing(here.name, Purpose::Evaluate),
            (None, Err(failure)) => Entry::failed(here.name, Purpose::Evaluate, failure.code()),
        };
        self.within(&node.key, |filling| filling.whence(&entry));
        match (failed, outcome) {
            (Some(error), _) => {
                self.within(&node.key, |filling| filling.tell(node.pos, error, Some(here.name)));
                Value::Null
            }
            (None, Ok(Some(found))) => {
                let fetched_at = Some(found.fetched_at);
                let here = Here { inside: Some(&found.record), fetched_at, ..*here };
                self.within(&node.key, |filling| filling.nodes(&here, nodes))
            }
            (None, Ok(None)) => Value::Null,
            (None, Err(failure)) => self.failed(node, failure),
        }
    }

    /// One value of a record, held to its type.
    fn value(&mut self, here: &Here<'_>, node: &TiedNode, (record, key, of): (&Record, &str, Of)) -> Value {
        let unread = || record.problems.iter().find(|(field, _)| field == key).map(|(_, problem)| problem);
        let read = match record.fields.get(key) {
            Some(given) => value(of, given).map_err(|expected| format!("expected {expected}")),
            None => unread().map_or(Ok(Value::Null), |problem| Err(problem.clone())),
        };
        read.unwrap_or_else(|problem| {
            let name = here.name;
            let message = format!("The source `{name}` gave a `{key}` that cannot be used: {problem}.");
            let error = ClientError::new(Code::UpstreamInvalid, message);
            self.within(&node.key, |filling| filling.tell(node.pos, error, Some(name)));
            Value::Null
        })
    }

    fn failed(&mut self, node: &TiedNode, failure: &Failure) -> Value {
        let source = failure.upstream.clone();
        self.within(&node.key, |filling| filling.tell(node.pos, failure.clone().into(), Some(&source)));
        Value::Null
    }

    fn within<T>(&mut self, key: &Name, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Key(key.clone()));
        let done = work(self);
        self.path.pop();
        done
    }

    /// Tells the client of an error at this place.
    fn tell(&mut self, pos: Pos, error: ClientError, source: Option<&str>) {
        let path = self.path.iter().map(|step| match step {
            Step::Key(key) => PathSegment::Field(key.to_string()),
            Step::Item(place) => PathSegment::Index(*place),
        });
        let mut told = ServerError::new(error.message, Some(pos));
        told.path = path.collect();
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        if let Some(source) = source {
            extensions.set("source", source);
        }
        told.extensions = Some(extensions);
        self.errors.push(told);
    }

    fn tell_whence(&mut self, answered: &Answered<'_>, stored: Option<(&Row, Option<Micros>)>) {
        if self.telling.is_none() {
            return;
        }
        let name = &answered.tie.speaker.source.name;
        for (purpose, said) in answered.all() {
            self.whence(&match said {
                Said::Found(found) => Entry::found(name, purpose, found),
                Said::Unknown(told) => Entry::unknown(name, purpose, told),
                Said::Failed(failure) => Entry::failed(name, purpose, failure.code()),
            });
        }
        if let Some((record, synced)) = stored {
            let observed = match record.field("sizeAsOf") {
                Some(Value::String(moment)) => read(&moment),
                _ => None,
            };
            self.whence(&Entry::stored(name, synced, observed));
        }
    }

    fn whence(&mut self, entry: &Entry<'_>) {
        if let Some(telling) = &mut self.telling {
            telling.push(provenance::written(&self.path, entry));
        }
    }
}

/// What stands around a field while it is filled.
#[derive(Clone, Copy)]
struct Here<'a> {
    name: &'a str,
    fetched_at: Option<Micros>,
    answered: &'a Answered<'a>,
    /// The record that the fields are of, where it is not that of an operation.
    inside: Option<&'a Record>,
    stored: Option<&'a Row>,
}

fn is_mark(members: &IndexMap<Name, Value>) -> bool {
    members.first().is_some_and(|(key, _)| key.starts_with(MARK))
}

fn place_of(mark: &Value) -> Option<usize> {
    match mark {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        _ => None,
    }
}

/// Two selections of one place, put together as the specification merges fields of one name.
fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (key, value) in other {
                let value = match one.get_mut(&key) {
                    Some(known) => merged(std::mem::take(known), value),
                    None => value,
                };
                one.insert(key, value);
            }
            Value::Object(one)
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            Value::List(one.into_iter().zip(other).map(|(one, other)| merged(one, other)).collect())
        }
        (one, _) => one,
    }
}
