//! Where every key of a connector's file stands, so that what is wrong with a value is told with the line of its key.

use std::fmt::{self, Formatter};

use indexmap::IndexMap;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

use super::template::Template;

/// A value of the file, and where its key stands; in a list, where it stands itself.
#[derive(Debug)]
pub(super) struct Lines {
    at: Location,
    inside: Inside,
}

#[derive(Debug)]
enum Inside {
    Nothing,
    Text(String),
    List(Vec<Lines>),
    Members(IndexMap<String, Lines>),
}

impl Default for Lines {
    fn default() -> Self {
        Lines { at: Location::UNKNOWN, inside: Inside::Nothing }
    }
}

impl Lines {
    /// Those of a text that was read as a connector already.
    pub(super) fn of(text: &str) -> Self {
        serde_saphyr::from_str(text).unwrap_or_default()
    }

    /// Whether there is this key, such as `entities.asset.list.page`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.reach(path).1
    }

    /// Where this key stands, or the last one on the way to it that is there.
    pub(super) fn at(&self, path: &str) -> Location {
        self.reach(path).0.at
    }

    /// Where the first text under this key stands that asks for a name.
    pub(super) fn asking(&self, path: &str, name: &str) -> Location {
        let under = self.reach(path).0;
        under.first(name).unwrap_or(under).at
    }

    /// The last value on a way, and whether it is the one meant.
    fn reach(&self, path: &str) -> (&Lines, bool) {
        let mut found = self;
        for key in path.split('.') {
            let Inside::Members(members) = &found.inside else { return (found, false) };
            let Some(next) = members.get(key) else { return (found, false) };
            found = next;
        }
        (found, true)
    }

    fn first(&self, name: &str) -> Option<&Lines> {
        match &self.inside {
            Inside::Nothing => None,
            Inside::Text(text) => {
                let template = Template::parse(text).ok()?;
                template.names().any(|asked| asked == name).then_some(self)
            }
            Inside::List(items) => items.iter().find_map(|item| item.first(name)),
            Inside::Members(members) => members.values().find_map(|member| member.first(name)),
        }
    }
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<Inside>::deserialize(from)?;
        Ok(Lines { at: referenced, inside: value })
    }
}

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
            type Value = Inside;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Inside, E> {
                Ok(Inside::Text(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_none<E: Error>(self) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_unit<E: Error>(self) -> Result<Inside, E> {
                Ok(Inside::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Inside, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Inside::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inside, A::Error> {
                let mut members = IndexMap::new();
                while let Some((key, value)) = map.next_entry::<Spanned<String>, Lines>()? {
                    members.insert(key.value, Lines { at: key.referenced, ..value });
                }
                Ok(Inside::Members(members))
            }
        }
        from.deserialize_any(Anything)
    }
}
