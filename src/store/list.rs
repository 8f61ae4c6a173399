//! A page of all rows of a noun. Where some values of its order are not known the list has two parts, those that are
//! known and those that are not, and each is walked along its index; one condition over both parts could not be.

use sea_orm::Statement;

use super::condition::condition;
use super::dialect::Dialect;
use super::ends::Wish;
use super::page::Wanted;
use super::sql::Sql;

/// A page of all rows of a noun, with one row more than wanted where there is one.
pub(super) fn page(dialect: Dialect, wish: &Wish<'_>, wanted: &Wanted) -> Statement {
    let mut sql = Sql::new(dialect);
    if wanted.order.column != 0 {
        sql.walk_an_order();
    }
    let parts = parts(wish, wanted);
    match (parts.as_slice(), wanted.limit) {
        ([first, second], Some(limit)) => {
            let column = &wish.entry.columns[wanted.order.column].name;
            let own = wish.columns.selected(wish.entry, "t");
            let marked =
                |part: Part| format!("{own}, t.{column} AS at_value, {} AS at_part", part.rank(wanted));
            let table = wish.entry.noun.table;
            sql.push(&format!("WITH a AS MATERIALIZED (SELECT {} FROM {table} t WHERE ", marked(*first)));
            conditions(&mut sql, wish, wanted, *first);
            wanted.ending(&mut sql, (wish.entry, "t"));
            let whole = "(SELECT * FROM a UNION ALL SELECT * FROM (";
            sql.push(&format!(") SELECT {} FROM {whole}", wish.selected()));
            // The second part is not looked at where the first fills the page.
            sql.push(&format!("SELECT {} FROM {table} t WHERE ", marked(*second)));
            sql.push(&format!("(SELECT count(*) FROM a) <= {limit} AND "));
            conditions(&mut sql, wish, wanted, *second);
            wanted.ending(&mut sql, (wish.entry, "t"));
            let direction = if wanted.order.descending != wanted.backward { "DESC" } else { "ASC" };
            let order = format!("t.at_part, t.at_value {direction}, t.id {direction}");
            sql.push(&format!(") b) t{} ORDER BY {order} LIMIT {}", wish.joins(), limit + 1));
        }
        ([part], _) => {
            sql.push(&format!("SELECT {} FROM {} WHERE ", wish.selected(), wish.tables()));
            conditions(&mut sql, wish, wanted, *part);
            wanted.ending(&mut sql, (wish.entry, "t"));
        }
        _ => {
            sql.push(&format!("SELECT {} FROM {} WHERE ", wish.selected(), wish.tables()));
            wanted.conditions(&mut sql, (wish.entry, "t"));
            wanted.ending(&mut sql, (wish.entry, "t"));
        }
    }
    sql.finish()
}

/// The rows whose value is known, or those whose value is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Known,
    Unknown,
}

impl Part {
    /// Its place in the walk.
    fn rank(self, wanted: &Wanted) -> i32 {
        i32::from((self == Part::Unknown) != wanted.backward)
    }
}

/// The parts that the cursors leave, in the order in which they are walked; none where the list is one.
fn parts(wish: &Wish<'_>, wanted: &Wanted) -> Vec<Part> {
    if wanted.limit.is_none() || !wanted.order.nullable(wish.entry) {
        return Vec::new();
    }
    let (known, unknown) = match (&wanted.after, &wanted.before) {
        (None, None) => return Vec::new(),
        (after, before) => (
            after.as_ref().is_none_or(|after| after.is_known()),
            before.as_ref().is_none_or(|before| !before.is_known()),
        ),
    };
    let mut parts = Vec::with_capacity(2);
    parts.extend(known.then_some(Part::Known));
    parts.extend(unknown.then_some(Part::Unknown));
    if wanted.backward {
        parts.reverse();
    }
    parts
}

fn conditions(sql: &mut Sql, wish: &Wish<'_>, wanted: &Wanted, part: Part) {
    condition(sql, "t", &wanted.filter);
    if part == Part::Unknown {
        sql.push(&format!(" AND t.{} IS NULL", wish.entry.columns[wanted.order.column].name));
    }
    for (cursor, backward) in [(&wanted.after, false), (&wanted.before, true)] {
        // A cursor in the other part has left this one whole.
        if let Some(cursor) = cursor.as_ref().filter(|cursor| cursor.is_known() == (part == Part::Known)) {
            sql.push(" AND ");
            wanted.order.past_in_part(sql, (wish.entry, "t"), cursor, backward);
        }
    }
    let bounded = [&wanted.after, &wanted.before].into_iter().flatten().any(|cursor| cursor.is_known());
    if part == Part::Known && !bounded {
        sql.push(&format!(" AND t.{} IS NOT NULL", wish.entry.columns[wanted.order.column].name));
    }
}
