//! JSON as the floor writes it: bytes from the rows straight into the answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Outcome;

/// What stands before the values of the looked-up asset, from the second column on.
pub(crate) const LOOKUP: [&str; 9] = [
    r#","title":"#,
    r#","description":"#,
    r#","creator":"#,
    r#","format":"#,
    r#","kind":"#,
    r#","status":"#,
    r#","language":"#,
    r#","altText":"#,
    r#","creditLine":"#,
];

/// What stands before the values of an asset of the page, from the second column on.
pub(crate) const PAGE: [&str; 8] = [
    r#","title":"#,
    r#","kind":"#,
    r#","status":"#,
    r#","format":"#,
    r#","language":"#,
    r#","productionCost":"#,
    r#","currency":"#,
    r#","modified":"#,
];

/// An answer while it is written.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Vec<u8>);

impl Json {
    /// The beginning of an answer of about this size.
    pub(crate) fn new(beginning: &str, capacity: usize) -> Self {
        let mut json = Json(Vec::with_capacity(capacity));
        json.raw(beginning);
        json
    }

    /// Bytes that are JSON already.
    pub(crate) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A comma between things in a list.
    pub(crate) fn comma(&mut self) {
        if self.0.last() == Some(&b'}') {
            self.0.push(b',');
        }
    }

    /// A global id.
    pub(crate) fn id(&mut self, noun: u8, id: &[u8]) -> Outcome<()> {
        let mut bytes = [0; 18];
        bytes[1] = noun;
        bytes.get_mut(2..2 + id.len()).ok_or("an id that is too long")?.copy_from_slice(id);
        let mut text = [0; 24];
        URL_SAFE_NO_PAD.encode_slice(bytes, &mut text)?;
        self.0.push(b'"');
        self.0.extend_from_slice(&text);
        self.0.push(b'"');
        Ok(())
    }

    /// Text, or null.
    pub(crate) fn text(&mut self, text: Option<&[u8]>) -> Outcome<()> {
        let Some(text) = text else {
            self.raw("null");
            return Ok(());
        };
        if text.iter().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
            serde_json::to_writer(&mut self.0, std::str::from_utf8(text)?)?;
        } else {
            self.0.push(b'"');
            self.0.extend_from_slice(text);
            self.0.push(b'"');
        }
        Ok(())
    }

    /// A whole number, or null.
    pub(crate) fn int(&mut self, number: Option<i64>) -> Outcome<()> {
        match number {
            Some(number) => serde_json::to_writer(&mut self.0, &number)?,
            None => self.raw("null"),
        }
        Ok(())
    }

    /// An amount of money, or null.
    pub(crate) fn money(&mut self, millionths: Option<i64>) {
        match millionths {
            Some(millionths) => self.raw(&weft::money::written(millionths)),
            None => self.raw("null"),
        }
    }

    /// A moment, or null.
    pub(crate) fn moment(&mut self, micros: Option<i64>) {
        match micros {
            Some(micros) => {
                self.0.push(b'"');
                self.raw(&weft::clock::written(micros));
                self.0.push(b'"');
            }
            None => self.raw("null"),
        }
    }

    /// The brand of an asset, by its name.
    pub(crate) fn brand(&mut self, name: Option<&[u8]>) -> Outcome<()> {
        if name.is_none() {
            self.raw(r#","brand":null"#);
            return Ok(());
        }
        self.raw(r#","brand":{"name":"#);
        self.text(name)?;
        self.raw("}");
        Ok(())
    }

    /// The end of the page.
    pub(crate) fn page_info(&mut self, more: bool, end: Option<&str>) -> Outcome<()> {
        self.raw(r#"],"pageInfo":{"hasNextPage":"#);
        self.raw(if more { "true" } else { "false" });
        self.raw(r#","endCursor":"#);
        self.text(end.map(str::as_bytes))?;
        self.raw("}}}}");
        Ok(())
    }
}
