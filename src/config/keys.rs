//! Bearer keys: read once from the environment, a file or a hash, and kept as hashes only.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The SHA-256 hash of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

/// A key that a caller can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Who holds it; stands in the log.
    pub name: Arc<str>,
    /// Its hash.
    pub hash: Hash,
    /// What its holder may do beside asking.
    pub may: Vec<May>,
}

/// What a key can allow beside asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// Saying which things are one and which are not: `merge` and `split`.
    Curate,
    /// Sending events.
    Ingest,
}

impl Hash {
    /// The hash of a key.
    pub fn of(key: &str) -> Self {
        Hash(Sha256::digest(key.as_bytes()).into())
    }

    /// A hash that is written in 64 hexadecimal digits.
    pub fn written(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Hash(bytes))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(…)")
    }
}
