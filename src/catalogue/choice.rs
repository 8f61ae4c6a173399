//! A closed list of words: an enum of the graph, and what import checks a value against.

/// An enum of the graph: its name, what it is about, and its values with their meanings.
#[derive(Debug)]
pub struct Choice {
    /// The enum's name in the schema.
    pub name: &'static str,
    /// What the enum is about.
    pub doc: &'static str,
    /// Each value with what it means.
    pub values: &'static [(&'static str, &'static str)],
}

impl Choice {
    /// Whether `word` is one of the values.
    pub fn has(&self, word: &str) -> bool {
        self.values.iter().any(|(value, _)| *value == word)
    }

    /// The values as a sentence lists them, for error messages.
    pub fn listed(&self) -> String {
        let words: Vec<&str> = self.values.iter().map(|(value, _)| *value).collect();
        words.join(", ")
    }
}

/// Declares a choice.
pub const fn choice(
    name: &'static str,
    doc: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Choice {
    Choice { name, doc, values }
}
