//! What `search` looks at of a row, as an expression over it.

use crate::catalogue::{Noun, Weight};
use crate::store::Dialect;

/// How many characters of each of the three texts `search` looks at; bounds what Postgres makes of them.
const SEARCHED: usize = 20_000;

/// The texts of one weight of a row `t`, joined.
pub fn searched(noun: &Noun, weight: Weight, dialect: Dialect) -> String {
    let fields = noun.fields.iter().filter(|field| field.searched == Some(weight));
    let texts: Vec<String> = fields
        .map(|field| {
            let column = format!("t.{}", field.column);
            if !field.kind.is_list() {
                return column;
            }
            let texts = dialect.array_rows(&column);
            format!("(SELECT nullif(string_agg(i.text, ' '), '') FROM {texts} i)")
        })
        .collect();
    if texts.is_empty() {
        return "''".to_owned();
    }
    format!("substr(concat_ws(' ', {}), 1, {SEARCHED})", texts.join(", "))
}
