//! Global ids: opaque to everyone else, here a noun's code and the row's id.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::catalogue::{self, Code, Entry};

/// The global id of a row.
pub fn encode_id(code: Code, id: Uuid) -> String {
    let mut bytes = [0; 18];
    let (front, back) = bytes.split_at_mut(2);
    front.copy_from_slice(&code.to_be_bytes());
    back.copy_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The row that a global id names; nothing where it is none of ours.
pub fn decode_id(text: &str) -> Option<(&'static Entry, Uuid)> {
    let mut bytes = [0; 18];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    let (front, back) = bytes.get(..length)?.split_first_chunk::<2>()?;
    let entry = catalogue::by_code(Code::from_be_bytes(*front))?;
    Some((entry, Uuid::from_slice(back).ok()?))
}
