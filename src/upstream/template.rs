//! Texts with places to fill: `/files/${id}`, `${secret.token}`. What may stand in a place is a closed list.

use serde_json::Value;

use super::path::{Path, Scope};

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `secret.NAME`, `setting.NAME`, or a word of the request such as `since`.
    Named(String),
    /// `item.…` and `parent.…`.
    Path(Path, String),
}

impl Template {
    /// Reads a template. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| format!("`{text}`: a `${{` is not closed"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let name = name.trim();
            parts.push(match name.split_once('.') {
                _ if name == "item" => Part::Path(Path::parse("@")?, name.to_owned()),
                Some(("item", path)) => Part::Path(Path::parse(path)?, name.to_owned()),
                Some(("parent", path)) => Part::Path(Path::parse(&format!("^.{path}"))?, name.to_owned()),
                _ if name.is_empty() => return Err(format!("`{text}`: expected a name within `${{}}`")),
                _ => Part::Named(name.to_owned()),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Template { parts })
    }

    /// The names it asks for, `item.…` and `parent.…` not among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Named(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The first name that an item and the source's settings cannot fill.
    pub(super) fn foreign(&self) -> Option<&str> {
        self.names().find(|name| !name.starts_with("setting."))
    }

    /// The settings that it asks for.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.names().filter_map(|name| name.strip_prefix("setting."))
    }

    /// The one name it consists of, so that its value can be other than text.
    pub fn sole(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Named(name)] => Some(name),
            _ => None,
        }
    }

    /// The text with every place filled by name; `Err` names the one that cannot be.
    pub fn filled(&self, named: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Named(name) | Part::Path(_, name) => {
                    filled.push_str(&named(name).ok_or_else(|| name.clone())?);
                }
            }
        }
        Ok(filled)
    }

    /// The text filled from an item; nothing where the item lacks what is asked.
    pub fn of_item(&self, scope: Scope<'_>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Named(name) => {
                    filled.push_str(scope.around.settings.get(name.strip_prefix("setting.")?)?);
                }
                Part::Path(path, _) => match path.one(scope)? {
                    Value::String(text) => filled.push_str(text),
                    Value::Number(number) => filled.push_str(&number.to_string()),
                    _ => return None,
                },
            }
        }
        Some(filled)
    }
}
