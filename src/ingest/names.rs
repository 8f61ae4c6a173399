//! What things are called where they are written out: by a key where there is one, by the global id where not.

use std::collections::HashMap;

use uuid::Uuid;

/// A name that a source uses for a thing.
#[derive(Debug, PartialEq)]
pub(super) struct Identity {
    pub(super) source: String,
    pub(super) value: String,
    pub(super) match_method: String,
    pub(super) confidence: Option<f64>,
    pub(super) valid: (Option<i64>, Option<i64>),
}

impl Identity {
    /// Whether a key alone says all there is to say of it.
    pub(super) fn is_plain(&self) -> bool {
        self.match_method == "EXACT_KEY" && self.confidence.is_none() && self.valid == (None, None)
    }
}

/// The names of many things.
#[derive(Debug)]
pub(super) struct Names {
    source: String,
    called: HashMap<Uuid, String>,
    identities: HashMap<Uuid, Vec<Identity>>,
}

/// A key as a line writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Key<'n> {
    /// In the export's own source, or a name that needs none.
    Plain(&'n str),
    /// In another source.
    Of(&'n str, &'n str),
}

impl Names {
    /// No names yet; keys of `source` are written plainly.
    pub(super) fn new(source: &str) -> Self {
        Names { source: source.to_owned(), called: HashMap::new(), identities: HashMap::new() }
    }

    /// The name of a thing that is known by it whatever the source.
    pub(super) fn call(&mut self, id: Uuid, name: String) {
        self.called.insert(id, name);
    }

    /// A name that a source uses.
    pub(super) fn add(&mut self, id: Uuid, identity: Identity) {
        self.identities.entry(id).or_default().push(identity);
    }

    /// Puts the names of each thing in an order that both databases agree on, the own source's first.
    pub(super) fn settle(&mut self) {
        let own = self.source.clone();
        for identities in self.identities.values_mut() {
            identities.sort_by(|one, other| {
                let rank = |identity: &Identity| identity.source != own;
                (rank(one), &one.source, &one.value).cmp(&(rank(other), &other.source, &other.value))
            });
        }
    }

    /// The key of a thing, if it has any.
    pub(super) fn key(&self, id: Uuid) -> Option<Key<'_>> {
        if let Some(name) = self.called.get(&id) {
            return Some(Key::Plain(name));
        }
        let first = self.identities.get(&id)?.first()?;
        Some(if first.source == self.source {
            Key::Plain(&first.value)
        } else {
            Key::Of(&first.source, &first.value)
        })
    }

    /// What a line has to say of a thing's names beside its key.
    pub(super) fn others(&self, id: Uuid) -> impl Iterator<Item = &Identity> {
        let is_called = self.called.contains_key(&id);
        let all = self.identities.get(&id).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .enumerate()
            .filter(move |(place, identity)| is_called || *place > 0 || !identity.is_plain())
            .map(|(_, identity)| identity)
    }
}
