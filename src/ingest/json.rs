//! One line of JSON taken apart without reading its values: members in their order, each value as it stands.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object.
pub(super) struct Members<'l>(pub(super) Vec<(Cow<'l, str>, &'l RawValue)>);

/// Takes an object apart, or says why it is none.
pub(super) fn members(json: &str) -> Result<Members<'_>, String> {
    let json = json.trim_ascii();
    if !json.starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok() {
        return Err("a line is one JSON object, in braces".to_owned());
    }
    serde_json::from_str(json).map_err(|error| broken(json, &error))
}

/// What is wrong with a text that is no JSON, and where: what the library expected, in words for people.
fn broken(json: &str, error: &serde_json::Error) -> String {
    const WORDS: [(&str, &str); 15] = [
        ("EOF while parsing a string", "a text is not closed"),
        ("EOF while parsing a list", "an array is not closed"),
        ("EOF while parsing an object", "an object is not closed"),
        ("EOF", "the line ends where a value is expected"),
        ("expected `:`", "a colon is expected"),
        ("expected `,` or `}`", "a comma or the end of the object is expected"),
        ("expected `,` or `]`", "a comma or the end of the array is expected"),
        ("trailing comma", "a comma stands where nothing follows"),
        ("trailing characters", "something stands behind the end of the object"),
        ("key must be a string", "a name in double quotes is expected"),
        ("control character", "a text holds a character that has to be written with a backslash"),
        ("invalid escape", "a backslash stands before something that takes none"),
        ("invalid number", "a number is not written as JSON writes it"),
        ("recursion limit", "arrays and objects stand in each other too deep"),
        (
            "expected",
            "a value is expected: a text in double quotes, a number, true, false, null, an array or an object",
        ),
    ];
    let told = error.to_string();
    let words = WORDS.iter().find(|(begin, _)| told.starts_with(begin));
    let words = words.map_or("a text is not written as JSON writes it", |(_, words)| words);
    let behind = if error.is_eof() { json.len() } else { error.column().saturating_sub(1) };
    let behind = json.as_bytes().get(..behind).unwrap_or(json.as_bytes());
    // The library counts bytes; whoever looks at the line counts characters.
    let place = String::from_utf8_lossy(behind).chars().count() + 1;
    format!("this is not JSON: {words}, at character {place}")
}

/// Takes apart an object inside a line, which has few members and each once.
pub(super) fn small(json: &str) -> Result<Members<'_>, String> {
    const MOST: usize = 12;
    if !json.starts_with('{') {
        return Err("an object".to_owned());
    }
    let Members(members) = members(json)?;
    let twice = |place: usize| members[..place].iter().any(|(name, _)| *name == members[place].0);
    if members.len() > MOST {
        return Err("an object with fewer members".to_owned());
    }
    match (0..members.len()).find(|place| twice(*place)) {
        Some(place) => Err(format!("an object that does not give `{}` twice", shown(&members[place].0))),
        None => Ok(Members(members)),
    }
}

/// A value as a sentence shows it, cut short.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The candidates nearest to what was written, for "did you mean".
pub(super) fn nearest<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Vec<&'c str> {
    let mut near: Vec<(usize, &str)> = candidates
        .map(|candidate| (distance(&written.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// " Did you mean …?", or nothing where nothing is near.
pub(super) fn hint<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> String {
    match nearest(&shown(written), candidates).as_slice() {
        [] => String::new(),
        near => format!(" (did you mean {}?)", near.join(", ")),
    }
}

/// How many letters have to be put in, taken out or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (step, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], step + 1);
        for (place, candidate) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *candidate);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

struct Name<'l>(Cow<'l, str>);

impl<'de: 'l, 'l> Deserialize<'de> for Name<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de: 'l, 'l> Deserialize<'de> for Members<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value::<&RawValue>()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_comes_apart() {
        let Members(members) = members(r#" {"a":1,"b":{"c":[]},"a":"x"} "#).unwrap();
        let shown: Vec<(&str, &str)> = members.iter().map(|(name, raw)| (name.as_ref(), raw.get())).collect();
        assert_eq!(shown, [("a", "1"), ("b", r#"{"c":[]}"#), ("a", "\"x\"")]);
    }

    #[test]
    fn what_is_no_object_is_told() {
        assert!(members("[1]").is_err_and(|reason| reason.contains("object")));
        assert!(members("{\"a\":").is_err_and(|reason| reason.contains("not JSON")));
        assert!(members("nonsense").is_err_and(|reason| reason.contains("not JSON")));
        for (json, told) in [
            ("{} {}", "something stands behind the end of the object, at character 4"),
            ("{\"a\":", "the line ends where a value is expected, at character 6"),
            ("{\"a\": nonsense}", "a value is expected: a text"),
            ("{\"ä\": x}", "at character 7"),
            ("{a: 1}", "a name in double quotes is expected"),
            ("{\"a\" 1}", "a colon is expected"),
            ("{\"a\": 1 2}", "a comma or the end of the object is expected"),
            ("{\"a\": [1 2]}", "a comma or the end of the array is expected"),
            ("{\"a\": 1,}", "a comma stands where nothing follows"),
            ("{\"a\": \"x", "a text is not closed"),
            ("{\"a\": [", "an array is not closed"),
            ("{\"a\": 1", "an object is not closed"),
            ("{\"a\": \"\t\"}", "has to be written with a backslash"),
            ("{\"a\": \"\\x\"}", "a backslash stands before something"),
            ("{\"a\": 01}", "a number is not written as JSON writes it"),
        ] {
            let reason = members(json).err().unwrap_or_default();
            assert!(reason.contains(told), "{json}: {reason}");
        }
    }

    #[test]
    fn the_nearest_come_first() {
        let types = ["Asset", "Audience", "Usage"];
        assert_eq!(nearest("asset", types.into_iter()), ["Asset"]);
        assert_eq!(nearest("Usages", types.into_iter()), ["Usage"]);
        assert!(nearest("Elephant", types.into_iter()).is_empty());
    }
}
