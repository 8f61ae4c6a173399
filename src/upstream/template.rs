//! Texts with places to fill: `/files/${id}`, `${secret.token}`. What may stand in a place is a closed list.

use serde_json::Value;

use super::convert::exact;
use super::path::{Path, Scope};

/// What a place asks for: `${ids}`, `${ids | json}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `secret.NAME`, `setting.NAME`, or a word of the request.
    pub name: String,
    /// How it is written into the text.
    pub form: Form,
}

/// How what a place asks for is written into the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Form {
    /// As it stands; a list with commas between.
    #[default]
    Plain,
    /// As JSON: `["a","b"]`.
    Json,
    /// A list with this between.
    Join(String),
}

impl Asked {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, form) = match text.split_once('|') {
            None => (text, Form::Plain),
            Some((name, form)) => (
                name,
                Form::parse(form.trim()).ok_or_else(|| {
                    format!("`{text}`: expected a name, then nothing, `| json` or `| join(\" OR \")`")
                })?,
            ),
        };
        Ok(Asked { name: name.trim().to_owned(), form })
    }
}

impl Form {
    fn parse(text: &str) -> Option<Self> {
        if text == "json" {
            return Some(Form::Json);
        }
        let inside = text.strip_prefix("join(")?.strip_suffix(')')?.trim();
        let quote = inside.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let between = inside.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(Form::Join(between.to_owned()))
    }
}

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `secret.NAME`, `setting.NAME`, or a word of the request such as `since`.
    Named(Asked),
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
                _ => Part::Named(Asked::parse(name)?),
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
            Part::Named(asked) => Some(asked.name.as_str()),
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
            [Part::Named(Asked { name, form: Form::Plain })] => Some(name),
            _ => None,
        }
    }

    /// The text with every place filled by name; `Err` names the one that cannot be.
    pub fn filled(&self, named: impl Fn(&Asked) -> Option<String>) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Named(asked) => {
                    filled.push_str(&named(asked).ok_or_else(|| asked.name.clone())?);
                }
                Part::Path(_, name) => return Err(name.clone()),
            }
        }
        Ok(filled)
    }

    /// The text filled from an item; nothing where the item lacks what is asked, or has it in a number that was not read
    /// exactly.
    pub fn of_item(&self, scope: Scope<'_>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Named(asked) => {
                    filled.push_str(scope.around.settings.get(asked.name.strip_prefix("setting.")?)?);
                }
                Part::Path(path, _) => match path.one(scope)? {
                    Value::String(text) => filled.push_str(text),
                    Value::Number(number) if exact(number) => filled.push_str(&number.to_string()),
                    _ => return None,
                },
            }
        }
        Some(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_a_list_is_written() {
        let form = |text: &str| Template::parse(text).map(|template| template.parts);
        let named = |form| vec![Part::Named(Asked { name: "ids".to_owned(), form })];
        assert_eq!(form("${ids}"), Ok(named(Form::Plain)));
        assert_eq!(form("${ids | json}"), Ok(named(Form::Json)));
        assert_eq!(form("${ids | join(\" OR \")}"), Ok(named(Form::Join(" OR ".to_owned()))));
        assert!(form("${ids | shout}").is_err());
    }
}
