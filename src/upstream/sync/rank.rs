//! Whose word counts for a field of which several sources speak: the one that the configuration lets win, else the one
//! named first; a source that is not configured, such as a file that was imported, comes last.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config;

/// Whose word counts.
#[derive(Debug, Default)]
pub struct Ranking {
    order: Vec<Arc<str>>,
    wins: HashMap<String, Vec<usize>>,
}

impl Ranking {
    /// As the configuration says.
    pub fn of(sources: &[config::Source]) -> Self {
        let mut wins: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, source) in sources.iter().enumerate() {
            for field in &source.wins {
                wins.entry(field.clone()).or_default().push(place);
            }
        }
        Ranking { order: sources.iter().map(|source| source.name.clone()).collect(), wins }
    }

    /// The lower, the more its word counts.
    pub(super) fn rank(&self, noun: &str, field: &str, source: &str) -> (u8, usize) {
        match self.order.iter().position(|name| **name == *source) {
            None => (2, 0),
            Some(place) => {
                let wins = self.wins.get(&format!("{noun}.{field}")).is_some_and(|who| who.contains(&place));
                (u8::from(!wins), place)
            }
        }
    }
}
