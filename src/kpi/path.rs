//! A way from a thing that is counted to a value of a dimension, as data, and what it is in SQL: an expression over a
//! row, or a condition that lets the databases begin at the values and look the rows up.

use crate::catalogue;
use crate::store::Sql;

/// A way to a value, from the row that an alias stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path {
    /// A column of the row.
    Own(&'static str),
    /// A column of a table of sums, in which what is absent stands as the empty id.
    KeptId(&'static str),
    /// The same where it stands as the empty text.
    KeptText(&'static str),
    /// The way from a thing of this noun, which the first way leads to.
    Through(&'static Path, &'static str, &'static Path),
    /// The first of these that leads anywhere.
    First(&'static [Path]),
    /// The way from the earliest of the things that a row led to.
    Earliest(&'static Earliest, &'static Path),
    /// The way from the thing of any type that the row names, by its noun.
    OfSubject(&'static [(&'static str, Path)]),
    /// The way from the things of any type that a change names, by their nouns, where all that have a value agree.
    OfChanged(&'static [(&'static str, Path)]),
}

/// Which of the things that a row led to is the first: the earliest that is not before the row itself.
#[derive(Debug)]
pub(super) struct Earliest {
    /// The noun of those things.
    pub(super) noun: &'static str,
    /// What leads there.
    pub(super) link: Link,
    /// The column that says when each of them was.
    pub(super) at: &'static str,
    /// The column of the row that says when it began.
    pub(super) from: &'static str,
}

/// What leads from a row to many others.
#[derive(Debug)]
pub(super) enum Link {
    /// A column of theirs.
    Theirs(&'static str),
    /// A table of pairs: its name, the column of this side and that of the other.
    Pairs(&'static str, &'static str, &'static str),
}

fn table(noun: &str) -> &'static str {
    catalogue::by_name(noun).map_or("", |entry| entry.noun.table)
}

fn code(noun: &str) -> i16 {
    catalogue::by_name(noun).map_or(0, |entry| entry.noun.code)
}

impl Path {
    /// The value, as an expression over the row that `alias` stands for; null where there is none.
    pub(super) fn expression(&self, sql: &mut Sql, alias: &str) -> String {
        match self {
            Path::Own(column) => format!("{alias}.{column}"),
            Path::KeptId(column) => format!("nullif({alias}.{column}, {})", sql.dialect().nil()),
            Path::KeptText(column) => format!("nullif({alias}.{column}, '')"),
            Path::Through(key, noun, value) => {
                let (key, other) = (key.expression(sql, alias), sql.alias());
                let value = value.expression(sql, &other);
                format!("(SELECT {value} FROM {} {other} WHERE {other}.id = {key})", table(noun))
            }
            Path::First(paths) => {
                let values: Vec<String> = paths.iter().map(|path| path.expression(sql, alias)).collect();
                format!("coalesce({})", values.join(", "))
            }
            Path::Earliest(earliest, value) => {
                let other = sql.alias();
                let (value, found) = (value.expression(sql, &other), earliest.found(sql, &other, alias));
                format!("(SELECT {value} FROM {found} ORDER BY {other}.{}, {other}.id LIMIT 1)", earliest.at)
            }
            Path::OfSubject(ways) => named(sql, alias, ways),
            Path::OfChanged(ways) => {
                let (link, found, counted) = (sql.alias(), sql.alias(), sql.alias());
                let value = named(sql, &link, ways);
                format!(
                    "(SELECT {counted}.value FROM (SELECT {found}.value, count(*) OVER () AS many FROM \
                     (SELECT DISTINCT {value} AS value FROM change_subject {link} WHERE {link}.change_id = {alias}.id) \
                     {found} WHERE {found}.value IS NOT NULL) {counted} WHERE {counted}.many = 1)"
                )
            }
        }
    }

    /// The condition that the value fits `values`, the end of a comparison such as `= $1` or `IN (…)`.
    pub(super) fn condition(&self, sql: &mut Sql, alias: &str, values: &str) -> String {
        match self {
            Path::Own(column) | Path::KeptId(column) | Path::KeptText(column) => {
                format!("{alias}.{column} {values}")
            }
            Path::Through(key, noun, value) => {
                let ids = value.ids(sql, table(noun), values);
                key.condition(sql, alias, &format!("IN ({ids})"))
            }
            Path::First(paths) => {
                let parts = alternatives(paths, sql, alias, values);
                format!("({})", parts.join(" OR "))
            }
            Path::Earliest(..) | Path::OfSubject(_) | Path::OfChanged(_) => {
                format!("{} {values}", self.expression(sql, alias))
            }
        }
    }

    /// The statement that answers the ids of the rows of `table` whose value fits: one for each way that is taken, so
    /// that each can begin at an index.
    fn ids(&self, sql: &mut Sql, table: &str, values: &str) -> String {
        let alias = sql.alias();
        let conditions = match self {
            Path::First(paths) => alternatives(paths, sql, &alias, values),
            path => vec![path.condition(sql, &alias, values)],
        };
        let selects: Vec<String> = conditions
            .iter()
            .map(|condition| format!("SELECT {alias}.id FROM {table} {alias} WHERE {condition}"))
            .collect();
        selects.join(" UNION ALL ")
    }

    /// Whether it leads over other rows.
    pub(super) fn leads_away(&self) -> bool {
        !matches!(self, Path::Own(_) | Path::KeptId(_) | Path::KeptText(_))
    }

    /// The columns of the row itself that the way begins at.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        match self {
            Path::Own(column) | Path::KeptId(column) | Path::KeptText(column) => vec![column],
            Path::Through(key, ..) => key.columns(),
            Path::First(paths) => paths.iter().flat_map(Path::columns).collect(),
            Path::Earliest(earliest, _) => vec!["id", earliest.from],
            Path::OfSubject(_) => vec!["subject_type", "subject_id"],
            Path::OfChanged(_) => vec!["id"],
        }
    }
}

/// One condition for each of the paths: that it leads to what fits, and none before it leads anywhere.
fn alternatives(paths: &[Path], sql: &mut Sql, alias: &str, values: &str) -> Vec<String> {
    let mut unknown = String::new();
    let mut parts = Vec::with_capacity(paths.len());
    for path in paths {
        parts.push(format!("({unknown}{})", path.condition(sql, alias, values)));
        // Said so that no index is begun at it: of what has no value there may be very much.
        unknown.push_str(&format!("({} IS NULL) IS TRUE AND ", path.expression(sql, alias)));
    }
    parts
}

/// The value of the thing that a row names by `subject_type` and `subject_id`.
fn named(sql: &mut Sql, alias: &str, ways: &[(&str, Path)]) -> String {
    let mut text = format!("CASE {alias}.subject_type");
    for (noun, value) in ways {
        let other = sql.alias();
        let value = value.expression(sql, &other);
        text.push_str(&format!(
            " WHEN {} THEN (SELECT {value} FROM {} {other} WHERE {other}.id = {alias}.subject_id)",
            code(noun),
            table(noun)
        ));
    }
    text.push_str(" END");
    text
}

impl Earliest {
    /// The tables and the condition of the things that count, behind `FROM`.
    fn found(&self, sql: &mut Sql, other: &str, alias: &str) -> String {
        let (table, at, from) = (table(self.noun), self.at, self.from);
        let joined = match &self.link {
            Link::Theirs(column) => format!("{table} {other} WHERE {other}.{column} = {alias}.id"),
            Link::Pairs(pairs, near, far) => {
                let link = sql.alias();
                format!(
                    "{pairs} {link} JOIN {table} {other} ON {other}.id = {link}.{far} WHERE {link}.{near} = {alias}.id"
                )
            }
        };
        format!("{joined} AND {other}.{at} >= {alias}.{from}")
    }
}
