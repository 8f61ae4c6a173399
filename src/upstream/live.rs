//! Which sources can be asked about things of the graph at this moment, what their operations give, and how each is
//! doing. The graph reads its live fields through this.

use std::collections::HashMap;
use std::sync::Arc;

use super::connector::{Entity, Operation};
use super::port::{Port, Purpose};
use super::source::Source;
use super::sync::Ranking;
use crate::clock::Micros;
use crate::outbound::Health;

/// The sources that can be asked, in the order of the configuration. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LiveSources {
    known: Arc<Known>,
    ranking: Arc<Ranking>,
}

#[derive(Debug, Default)]
struct Known {
    sources: Vec<Arc<Source>>,
    speakers: HashMap<&'static str, Vec<Speaker>>,
}

/// A source that speaks of things of one type.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The source.
    pub source: Arc<Source>,
    /// What its connector calls such things.
    pub entity: String,
}

/// How an operation gives a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// When it is asked.
    Now,
    /// In the background only: what is stored is all there is on a query's way.
    Stored,
}

impl FromIterator<Arc<Source>> for LiveSources {
    fn from_iter<I: IntoIterator<Item = Arc<Source>>>(sources: I) -> Self {
        let sources: Vec<Arc<Source>> = sources.into_iter().collect();
        let mut speakers: HashMap<&'static str, Vec<Speaker>> = HashMap::new();
        for source in &sources {
            for (name, entity) in source.entities() {
                let asked = Purpose::ALL.into_iter().any(|purpose| operation(entity, purpose).is_some());
                if let (Some(port), true) = (Port::named(&entity.port.value), asked) {
                    let speaker = Speaker { source: source.clone(), entity: name.to_owned() };
                    speakers.entry(port.noun).or_default().push(speaker);
                }
            }
        }
        LiveSources { known: Arc::new(Known { sources, speakers }), ranking: Arc::default() }
    }
}

impl LiveSources {
    /// The same, with whose word counts where they disagree.
    pub fn ranked(self, ranking: Arc<Ranking>) -> Self {
        LiveSources { ranking, ..self }
    }

    /// Whose word counts where they disagree.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The sources that speak of a noun, the one whose word counts most first.
    pub fn of_noun(&self, noun: &str) -> &[Speaker] {
        self.known.speakers.get(noun).map_or(&[], Vec::as_slice)
    }

    /// The source of this name.
    pub fn named(&self, name: &str) -> Option<&Source> {
        self.known.sources.iter().find(|source| &*source.name == name).map(Arc::as_ref)
    }
}

impl Speaker {
    /// How the operation for a purpose gives a field; nothing where it does not.
    pub fn gives(&self, purpose: Purpose, field: &str) -> Option<Gives> {
        let entity = self.declared()?;
        let operation = operation(entity, purpose)?;
        let map = operation.map.as_ref().unwrap_or(&entity.map);
        map.value.contains_key(field).then(|| way(operation))
    }

    /// How the operation for a purpose is asked; nothing where there is none.
    pub fn asked(&self, purpose: Purpose) -> Option<Gives> {
        operation(self.declared()?, purpose).map(way)
    }

    /// What the connector calls the things of a noun that stand within its items.
    pub fn within(&self, noun: &str) -> Option<&str> {
        self.source.entities().find_map(|(name, entity)| {
            let within = entity.within.as_ref()?.entity.value == self.entity;
            (within && Port::named(&entity.port.value)?.noun == noun).then_some(name)
        })
    }

    fn declared(&self) -> Option<&Entity> {
        self.source.connector.entities.get(&self.entity).map(|entity| &entity.value)
    }
}

/// The operation for a purpose, where that is asked about single things.
fn operation(entity: &Entity, purpose: Purpose) -> Option<&Operation> {
    entity.of(purpose).filter(|_| !matches!(purpose, Purpose::List | Purpose::Changes))
}

fn way(operation: &Operation) -> Gives {
    if operation.background { Gives::Stored } else { Gives::Now }
}

impl Source {
    /// How each of its operations is doing, the fetching of tokens among them.
    pub fn health(&self, now: Micros) -> Vec<Health> {
        let all = self.policies.values().chain([&self.signin.policy]);
        all.map(|policy| policy.health(now)).collect()
    }
}
