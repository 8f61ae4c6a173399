//! What every part that writes lines needs: where they go, the seeded chance, the moment, the manifest, the taxonomy.

use std::collections::BTreeMap;
use std::io;

use crate::clock::Micros;

use super::chance::Chance;
use super::line::{Line, Out};
use super::manifest::Manifest;
use super::words::COMPANY;

/// The hand that writes.
pub(super) struct Writer<'a> {
    pub out: Out<'a>,
    pub chance: Chance,
    pub now: Micros,
    pub manifest: Manifest,
    /// The narrowest concepts of each scheme, by their keys.
    pub concepts: BTreeMap<&'static str, Vec<String>>,
}

impl Writer<'_> {
    /// Writes a line.
    pub(super) fn put(&mut self, line: Line) -> io::Result<()> {
        self.out.put(line)
    }

    /// Up to `count` concepts of a scheme, each once.
    pub(super) fn tags(&mut self, scheme: &str, count: usize) -> Vec<String> {
        let Some(concepts) = self.concepts.get(scheme) else { return Vec::new() };
        self.chance.some(count, concepts.len()).into_iter().map(|place| concepts[place].clone()).collect()
    }

    /// The concepts of a scheme that a text names, or one by chance where it names none.
    pub(super) fn shown(&mut self, scheme: &str, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let stem = format!("con-{scheme}-");
        let named = |key: &&String| text.contains(&key.replacen(&stem, "", 1).replace('-', " "));
        let named: Vec<String> =
            self.concepts.get(scheme).into_iter().flatten().filter(named).cloned().collect();
        if named.is_empty() { self.tags(scheme, 1) } else { named }
    }

    /// The key of a team.
    pub(super) fn team(&mut self) -> String {
        let team = self.chance.pick(COMPANY.rows("team"))[0];
        team_key(team)
    }
}

/// The key of a team by its short name.
pub(super) fn team_key(short: &str) -> String {
    format!("team-{short}")
}
