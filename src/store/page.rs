//! Pages of an edge for many parents in one statement, and what is asked about whole lists.

use sea_orm::Statement;
use uuid::Uuid;

use super::condition::condition;
use super::dialect::Dialect;
use super::order::{Cursor, Order};
use super::predicate::Predicate;
use super::rows::Columns;
use super::sql::Sql;
use crate::catalogue::{Entry, Pairs, PairsOfAny};

/// Which rows of a list are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the rows must be like.
    pub filter: Predicate,
    /// Their order.
    pub order: Order,
    /// How many at most; nothing means all.
    pub limit: Option<usize>,
    /// Whether they are counted from the end of the list.
    pub backward: bool,
    /// Only what stands after this place.
    pub after: Option<Cursor>,
    /// Only what stands before this place.
    pub before: Option<Cursor>,
}

/// How the rows of a list hang on a parent.
#[derive(Debug, Clone, Copy)]
pub enum Hold<'a> {
    /// They have a column with the parent's id.
    Column(&'a str),
    /// A table of pairs has both.
    Pairs(Pairs),
}

impl Wanted {
    /// Everything, in the order it came.
    pub fn all() -> Self {
        Wanted {
            filter: Predicate::All(Vec::new()),
            order: Order::BY_ID,
            limit: None,
            backward: false,
            after: None,
            before: None,
        }
    }

    fn is_plain(&self) -> bool {
        self.order.column == 0 && matches!(&self.filter, Predicate::All(parts) if parts.is_empty())
    }

    pub(super) fn conditions(&self, sql: &mut Sql, (entry, alias): (&Entry, &str)) {
        condition(sql, alias, &self.filter);
        if let Some(cursor) = &self.after {
            sql.push(" AND ");
            self.order.past(sql, (entry, alias), cursor, false);
        }
        if let Some(cursor) = &self.before {
            sql.push(" AND ");
            self.order.past(sql, (entry, alias), cursor, true);
        }
    }

    pub(super) fn ending(&self, sql: &mut Sql, (entry, alias): (&Entry, &str)) {
        let sorted = self.order.sorted(entry, alias, self.backward);
        sql.push(&format!(" ORDER BY {sorted}"));
        if let Some(limit) = self.limit {
            // Written out and not bound: Postgres plans a bound limit as if it were a tenth of the table.
            sql.push(&format!(" LIMIT {}", limit + 1));
        }
    }
}

/// How many rows of a noun fit the filter.
pub(super) fn count(dialect: Dialect, entry: &Entry, filter: &Predicate) -> Statement {
    let mut sql = Sql::new(dialect);
    sql.push(&format!("SELECT count(*) FROM {} t WHERE ", entry.noun.table));
    condition(&mut sql, "t", filter);
    sql.finish()
}

/// Whether any row that fits stands outside the cursor on one side.
pub(super) fn outside(dialect: Dialect, entry: &Entry, side: Side, wanted: &Wanted) -> Statement {
    let mut sql = Sql::new(dialect);
    sql.push(&format!("SELECT EXISTS (SELECT 1 FROM {} t WHERE ", entry.noun.table));
    condition(&mut sql, "t", &wanted.filter);
    not_past(&mut sql, (entry, "t"), side, wanted);
    sql.push(")");
    sql.finish()
}

/// One side of a page: what stands in front of its `after`, or behind its `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In front of `after`, or there.
    Front,
    /// Behind `before`, or there.
    Behind,
}

fn not_past(sql: &mut Sql, (entry, alias): (&Entry, &str), side: Side, wanted: &Wanted) {
    let (cursor, backward) = match side {
        Side::Front => (&wanted.after, false),
        Side::Behind => (&wanted.before, true),
    };
    if let Some(cursor) = cursor {
        sql.push(" AND (");
        wanted.order.past(sql, (entry, alias), cursor, backward);
        sql.push(") IS NOT TRUE");
    }
}

/// The parents as a table with the columns `n`, their place from 0, and `id`.
fn parents(sql: &mut Sql, ids: &[Uuid]) -> &'static str {
    let place = sql.hold(sql.dialect().ids(ids));
    match sql.dialect() {
        Dialect::Postgres => {
            sql.push(&format!(
                "(SELECT n - 1 AS n, id FROM unnest({place}::uuid[]) WITH ORDINALITY AS u(id, n)) p"
            ));
            "p.id"
        }
        Dialect::Sqlite => {
            sql.push(&format!("(SELECT key AS n, unhex(value) AS id FROM json_each({place})) p"));
            "p.id"
        }
    }
}

/// A page for each parent: the parent's place, the validity where the edge has one, then the columns.
pub(super) fn pages(
    dialect: Dialect,
    (entry, columns): (&Entry, Columns),
    (hold, valid): (Hold<'_>, bool),
    wanted: &Wanted,
    ids: &[Uuid],
) -> Statement {
    let mut sql = Sql::new(dialect);
    let validity = if valid { "l.valid_from, l.valid_to, " } else { "" };
    let selected = columns.selected(entry, "t");
    let table = entry.noun.table;
    sql.push("SELECT p.n, ");
    match dialect {
        Dialect::Postgres => {
            sql.push("q.* FROM ");
            parents(&mut sql, ids);
            let order = if wanted.order.column == 0 {
                String::new()
            } else {
                format!(", t.{} AS ordered", entry.columns[wanted.order.column].name)
            };
            sql.push(&format!(" CROSS JOIN LATERAL (SELECT {validity}{selected}{order} FROM "));
            held(&mut sql, (table, "t"), hold, "p.id");
            wanted.conditions(&mut sql, (entry, "t"));
            wanted.ending(&mut sql, (entry, "t"));
            let direction = if wanted.order.descending != wanted.backward { "DESC" } else { "ASC" };
            let unknown = if wanted.backward { "FIRST" } else { "LAST" };
            sql.push(") q ORDER BY p.n");
            if wanted.order.column != 0 {
                sql.push(&format!(", q.ordered {direction} NULLS {unknown}"));
            }
            sql.push(&format!(", q.id {direction}"));
        }
        Dialect::Sqlite => {
            sql.push(&format!("{validity}{selected} FROM "));
            parents(&mut sql, ids);
            match hold {
                Hold::Pairs(Pairs { table: link, near, far, .. }) if valid => {
                    sql.push(&format!(
                        " CROSS JOIN {link} l ON l.{near} = p.id CROSS JOIN {table} t ON t.id = l.{far} WHERE t.id IN ("
                    ));
                }
                _ => {
                    sql.push(&format!(" CROSS JOIN {table} t WHERE t.id IN ("));
                }
            }
            chosen(&mut sql, entry, hold, wanted);
            sql.push(&format!(") ORDER BY p.n, {}", wanted.order.sorted(entry, "t", wanted.backward)));
        }
    }
    sql.finish()
}

/// The ids of one parent's page, for SQLite, which has no `LATERAL`.
fn chosen(sql: &mut Sql, entry: &Entry, hold: Hold<'_>, wanted: &Wanted) {
    match hold {
        Hold::Pairs(Pairs { table: link, near, far, .. }) if wanted.is_plain() => {
            sql.push(&format!(
                "SELECT DISTINCT k.{far} FROM {link} k WHERE k.{near} = p.id AND k.{far} IS NOT NULL"
            ));
            let sign = if wanted.order.descending { ["<", ">"] } else { [">", "<"] };
            for (cursor, sign) in [&wanted.after, &wanted.before].into_iter().zip(sign) {
                if let Some(cursor) = cursor {
                    sql.push(&format!(" AND k.{far} {sign} ")).bind(cursor.id());
                }
            }
            let direction = if wanted.order.descending != wanted.backward { "DESC" } else { "ASC" };
            sql.push(&format!(" ORDER BY k.{far} {direction}"));
            if let Some(limit) = wanted.limit {
                sql.push(&format!(" LIMIT {}", limit + 1));
            }
        }
        _ => {
            sql.push("SELECT c.id FROM ");
            held(sql, (entry.noun.table, "c"), hold, "p.id");
            wanted.conditions(sql, (entry, "c"));
            wanted.ending(sql, (entry, "c"));
        }
    }
}

/// Writes the tables of one parent's rows and the condition that they are its own, up to `AND`.
fn held(sql: &mut Sql, (table, alias): (&str, &str), hold: Hold<'_>, parent: &str) {
    match hold {
        Hold::Column(column) => {
            sql.push(&format!("{table} {alias} WHERE {alias}.{column} = {parent} AND "));
        }
        Hold::Pairs(Pairs { table: link, near, far, unique: true }) => {
            sql.push(&format!(
                "{link} l JOIN {table} {alias} ON {alias}.id = l.{far} WHERE l.{near} = {parent} AND "
            ));
        }
        Hold::Pairs(Pairs { table: link, near, far, unique: false }) => match sql.dialect() {
            // The fence keeps Postgres from joining the whole tables first.
            Dialect::Postgres => {
                sql.push(&format!(
                    "(SELECT DISTINCT k.{far} AS far FROM {link} k WHERE k.{near} = {parent} OFFSET 0) l \
                     JOIN {table} {alias} ON {alias}.id = l.far WHERE "
                ));
            }
            Dialect::Sqlite => {
                sql.push(&format!(
                    "{table} {alias} WHERE {alias}.id IN (SELECT k.{far} FROM {link} k WHERE k.{near} = {parent}) AND "
                ));
            }
        },
    }
}

/// What is asked about the list of each parent, beside its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// How many rows fit the filter.
    Count,
    /// Whether rows that fit stand outside the cursor on one side.
    Outside(Side),
}

/// An answer about each parent's list: the parent's place, then the number.
pub(super) fn about(
    dialect: Dialect,
    entry: &Entry,
    (hold, about): (Hold<'_>, About),
    wanted: &Wanted,
    ids: &[Uuid],
) -> Statement {
    let mut sql = Sql::new(dialect);
    sql.push(match about {
        About::Count => "SELECT p.n, (SELECT count(*) FROM ",
        About::Outside(_) => "SELECT p.n, (SELECT count(*) FROM (SELECT 1 FROM ",
    });
    held(&mut sql, (entry.noun.table, "t"), hold, "p.id");
    condition(&mut sql, "t", &wanted.filter);
    if let About::Outside(side) = about {
        not_past(&mut sql, (entry, "t"), side, wanted);
        sql.push(" LIMIT 1) b");
    }
    sql.push(") FROM ");
    parents(&mut sql, ids);
    sql.finish()
}

/// Which pairs with any noun are wanted: a page by id, for each parent its place, the noun's code and the id.
pub(super) fn pairs_of_any(
    dialect: Dialect,
    pairs: PairsOfAny,
    codes: &[i16],
    wanted: &Wanted,
    ids: &[Uuid],
) -> Statement {
    let mut sql = Sql::new(dialect);
    let PairsOfAny { table, near, code, far } = pairs;
    let direction = if wanted.backward { "DESC" } else { "ASC" };
    let conditions = |sql: &mut Sql| {
        sql.push(&format!(
            "SELECT DISTINCT k.{far} AS far, k.{code} AS code FROM {table} k WHERE k.{near} = p.id"
        ));
        only(sql, codes, &format!("k.{code}"));
        for (cursor, sign) in [(&wanted.after, ">"), (&wanted.before, "<")] {
            if let Some(cursor) = cursor {
                sql.push(&format!(" AND k.{far} {sign} ")).bind(cursor.id());
            }
        }
        sql.push(&format!(" ORDER BY k.{far} {direction}"));
        if let Some(limit) = wanted.limit {
            sql.push(&format!(" LIMIT {}", limit + 1));
        }
    };
    match dialect {
        Dialect::Postgres => {
            sql.push("SELECT p.n, q.code, q.far FROM ");
            parents(&mut sql, ids);
            sql.push(" CROSS JOIN LATERAL (");
            conditions(&mut sql);
            sql.push(&format!(") q ORDER BY p.n, q.far {direction}"));
        }
        Dialect::Sqlite => {
            sql.push("SELECT DISTINCT p.n, l.");
            sql.push(&format!("{code}, l.{far} FROM "));
            parents(&mut sql, ids);
            sql.push(&format!(
                " CROSS JOIN {table} l WHERE l.{near} = p.id AND l.{far} IN (SELECT far FROM ("
            ));
            conditions(&mut sql);
            sql.push(&format!(")) ORDER BY p.n, l.{far} {direction}"));
        }
    }
    sql.finish()
}

/// How many pairs with any noun each parent has, outside the cursor on one side where there is one.
pub(super) fn count_of_any(
    dialect: Dialect,
    pairs: PairsOfAny,
    codes: &[i16],
    (side, wanted): (Side, &Wanted),
    ids: &[Uuid],
) -> Statement {
    let mut sql = Sql::new(dialect);
    let PairsOfAny { table, near, code, far } = pairs;
    sql.push(&format!("SELECT p.n, (SELECT count(DISTINCT k.{far}) FROM {table} k WHERE k.{near} = p.id"));
    only(&mut sql, codes, &format!("k.{code}"));
    let (cursor, sign) = match side {
        Side::Front => (&wanted.after, "<="),
        Side::Behind => (&wanted.before, ">="),
    };
    if let Some(cursor) = cursor {
        sql.push(&format!(" AND k.{far} {sign} ")).bind(cursor.id());
    }
    sql.push(") FROM ");
    parents(&mut sql, ids);
    sql.finish()
}

fn only(sql: &mut Sql, codes: &[i16], column: &str) {
    if !codes.is_empty() {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        sql.push(&format!(" AND {column} IN ({})", codes.join(", ")));
    }
}
