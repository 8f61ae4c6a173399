//! What `search` looks at of a row, as an expression over it.

use crate::catalogue::{Kind, Noun, Weight};
use crate::store::Dialect;

/// How many characters of each of the three texts `search` looks at; bounds what Postgres makes of them.
const SEARCHED: usize = 20_000;

/// The texts of one weight of a row `t`, joined.
pub fn searched(noun: &Noun, weight: Weight, dialect: Dialect) -> String {
    let fields = noun.fields.iter().filter(|field| field.searched == Some(weight));
    let texts: Vec<String> = fields
        .map(|field| match (field.kind, dialect) {
            (Kind::Texts | Kind::Choices(_), Dialect::Postgres) => format!(
                "(SELECT nullif(string_agg(i.item, ' '), '') FROM json_array_elements_text(t.{}::json) AS i (item))",
                field.column
            ),
            (Kind::Texts | Kind::Choices(_), Dialect::Sqlite) => {
                format!("(SELECT nullif(group_concat(value, ' '), '') FROM json_each(t.{}))", field.column)
            }
            _ => format!("t.{}", field.column),
        })
        .collect();
    if texts.is_empty() {
        return "''".to_owned();
    }
    format!("substr(concat_ws(' ', {}), 1, {SEARCHED})", texts.join(", "))
}
