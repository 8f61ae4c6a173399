//! Paths into a vendor's JSON: `a.b[0]`, `[key=value]`, `[*]`. They stay far cheaper than the parse of the answer and
//! cannot loop, which is why the mapping has no richer language.

use serde_json::Value;

/// What an expression may look at: the item, what it was derived from, and the whole answer.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The item: `a.b`, or `@` for all of it.
    pub item: &'a Value,
    /// What the item was derived from: `^.id`. The item itself where it was not derived.
    pub parent: &'a Value,
    /// The whole answer that the item stood in: `$.meta.currency`.
    pub answer: &'a Value,
    /// Where the source stands, so that an address without a host can be completed.
    pub base: &'a str,
}

impl<'a> Scope<'a> {
    /// A scope where the value is everything.
    pub fn whole(value: &'a Value) -> Self {
        Scope { item: value, parent: value, answer: value, base: "" }
    }
}

/// A way into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    root: Root,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Item,
    Parent,
    Answer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The member of an object.
    Member(String),
    /// The element of an array, from 0.
    At(usize),
    /// The first element of an array whose member has this value.
    Where(String, String),
    /// Every element of an array.
    Each,
}

impl Path {
    /// Reads a path. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (root, rest) = match text.chars().next() {
            None => return Err("expected a path such as `data.items[0].id`, found nothing".to_owned()),
            Some('@') => (Root::Item, &text[1..]),
            Some('^') => (Root::Parent, &text[1..]),
            Some('$') => (Root::Answer, &text[1..]),
            Some(_) => (Root::Item, text),
        };
        let bare = rest.len() == text.len();
        let mut steps = Vec::new();
        let mut rest = rest;
        while !rest.is_empty() {
            rest = if let Some(inner) = rest.strip_prefix('[') {
                let (inside, after) =
                    inner.split_once(']').ok_or_else(|| format!("`{text}`: a `[` is not closed"))?;
                steps.push(bracket(inside).ok_or_else(|| {
                    format!("`{text}`: expected [*], [0] or [key=value], found `[{inside}]`")
                })?);
                after
            } else {
                let name = match rest.strip_prefix('.') {
                    Some(name) => name,
                    None if bare && steps.is_empty() => rest,
                    None => return Err(format!("`{text}`: expected `.` or `[` before `{rest}`")),
                };
                let (name, after) = member(name).ok_or_else(|| {
                    format!("`{text}`: expected a name of letters, digits, `_` and `-`, or one in quotes")
                })?;
                steps.push(Step::Member(name));
                after
            };
        }
        Ok(Path { root, steps })
    }

    /// Whether it can lead to many places.
    pub fn is_many(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    /// The one value it leads to; the first, where it leads to many.
    pub fn one<'a>(&self, scope: Scope<'a>) -> Option<&'a Value> {
        let mut found = None;
        self.walk(scope, &mut |value| {
            found.get_or_insert(value);
        });
        found
    }

    /// Every value it leads to, in order.
    pub fn all<'a>(&self, scope: Scope<'a>) -> Vec<&'a Value> {
        let mut found = Vec::new();
        self.walk(scope, &mut |value| found.push(value));
        found
    }

    fn walk<'a>(&self, scope: Scope<'a>, see: &mut impl FnMut(&'a Value)) {
        let start = match self.root {
            Root::Item => scope.item,
            Root::Parent => scope.parent,
            Root::Answer => scope.answer,
        };
        follow(&self.steps, start, see);
    }
}

fn follow<'a>(steps: &[Step], value: &'a Value, see: &mut impl FnMut(&'a Value)) {
    let Some((step, rest)) = steps.split_first() else { return see(value) };
    match step {
        Step::Member(name) => {
            if let Some(inner) = value.get(name) {
                follow(rest, inner, see);
            }
        }
        Step::At(index) => {
            if let Some(inner) = value.get(index) {
                follow(rest, inner, see);
            }
        }
        Step::Where(key, wanted) => {
            let found = value.as_array().and_then(|items| items.iter().find(|item| is(&item[key], wanted)));
            if let Some(inner) = found {
                follow(rest, inner, see);
            }
        }
        Step::Each => {
            for inner in value.as_array().into_iter().flatten() {
                follow(rest, inner, see);
            }
        }
    }
}

fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Null => false,
        other => *other.to_string() == *wanted,
    }
}

fn bracket(inside: &str) -> Option<Step> {
    let inside = inside.trim();
    if inside == "*" {
        return Some(Step::Each);
    }
    if let Ok(index) = inside.parse() {
        return Some(Step::At(index));
    }
    let (key, value) = inside.split_once('=')?;
    let unquoted = value.trim().trim_matches(|c| c == '"' || c == '\'');
    let key = key.trim();
    (!key.is_empty()).then(|| Step::Where(key.to_owned(), unquoted.to_owned()))
}

/// The member's name at the front of the text, and what follows it.
fn member(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"').map(|(name, after)| (name.to_owned(), after));
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leads_to_members_elements_and_matches() {
        let value = json!({"a": {"b-c": [{"k": "x", "v": 1}, {"k": 2, "v": 3}]}, "odd key": true});
        let see = |path: &str| Path::parse(path).unwrap().one(Scope::whole(&value)).cloned();
        assert_eq!(see("a.b-c[0].v"), Some(json!(1)));
        assert_eq!(see("a.b-c[k=2].v"), Some(json!(3)));
        assert_eq!(see("$.\"odd key\""), Some(json!(true)));
        assert_eq!(see("a.b-c[7]"), None);
        assert_eq!(see("@"), Some(value.clone()));
        assert_eq!(Path::parse("a.b-c[*].v").unwrap().all(Scope::whole(&value)), [&json!(1), &json!(3)]);
    }

    #[test]
    fn says_what_was_expected() {
        for wrong in ["", "a[", "a[x]", "a..b", "a b", "[0]b"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
