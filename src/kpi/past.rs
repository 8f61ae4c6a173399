//! What was known at a moment: things and facts that the store had learnt of by then, each as it stood there. Facts are
//! read one by one, since sums know only the present.

use super::definition::{End, Span, Term, Value};
use super::dimension::{Counted, Dimension};
use super::question::{Question, Split};
use super::tally::{Missing, Reason};
use crate::catalogue::{self, Entry, Holds, Identity, Kind, Rollup, SUMMED, Target, Way};
use crate::clock::Micros;
use crate::store::{Dialect, Sql};

/// Whether the store keeps what a noun's rows said before.
fn is_kept(entry: &Entry) -> bool {
    entry.noun.remembered || matches!(entry.noun.identity, Identity::Dimensions(_))
}

/// The rows of a noun as they stood at a moment, in place of its table. What is not kept stands as it does now.
pub(super) fn things(sql: &mut Sql, entry: &Entry, as_of: Micros) -> String {
    let at = sql.hold(as_of);
    let table = entry.noun.table;
    let others = entry.columns.iter().filter(|column| !["id", "created_at"].contains(&column.name.as_str()));
    if !is_kept(entry) {
        let columns: Vec<String> = others
            .map(|column| match column.name.as_str() {
                "updated_at" => {
                    format!(
                        "CASE WHEN n.updated_at <= {at} THEN n.updated_at ELSE n.created_at END AS updated_at"
                    )
                }
                name => format!("n.{name}"),
            })
            .collect();
        let columns = columns.join(", ");
        return format!("(SELECT n.id, n.created_at, {columns} FROM {table} n WHERE n.created_at <= {at})");
    }
    let dialect = sql.dialect();
    let columns: Vec<String> = others
        .map(|column| {
            let name = &column.name;
            if name == "updated_at" {
                let last = "FROM former_state l WHERE l.entity_id = n.id";
                return format!("{} AS updated_at", learnt("b.since", last, &at));
            }
            let (has, said) = (has(dialect, name), said(dialect, name, column.holds));
            format!("CASE WHEN b.entity_id IS NOT NULL AND {has} THEN {said} ELSE n.{name} END AS {name}")
        })
        .collect();
    format!(
        "(SELECT n.id, n.created_at, {} FROM {table} n LEFT JOIN former_state b ON b.entity_id = n.id \
         AND b.number = (SELECT max(l.number) FROM former_state l WHERE l.entity_id = n.id AND l.since <= {at} \
         AND l.until > {at}) WHERE n.created_at <= {at})",
        columns.join(", ")
    )
}

/// When what was known of a row at a moment was learnt: since when what is kept stood, or else when the last of what is
/// kept was replaced, or when the row was made. Never later than that moment.
fn learnt(since: &str, last: &str, at: &str) -> String {
    format!(
        "CASE WHEN n.updated_at <= {at} THEN n.updated_at ELSE \
         coalesce({since}, (SELECT max(l.until) {last} AND l.until <= {at}), n.created_at) END"
    )
}

/// Whether what was said before says anything of a column.
fn has(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("jsonb_exists(b.said::jsonb, '{column}')"),
        Dialect::Sqlite => format!("json_type(b.said, '$.{column}') IS NOT NULL"),
    }
}

/// What it says of it.
fn said(dialect: Dialect, column: &str, holds: Holds) -> String {
    let text = match dialect {
        Dialect::Postgres => format!("(b.said::jsonb ->> '{column}')"),
        Dialect::Sqlite => format!("(b.said ->> '$.{column}')"),
    };
    match (dialect, holds) {
        (Dialect::Sqlite, Holds::Id) => format!("unhex(replace({text}, '-', ''))"),
        (Dialect::Sqlite, _) => text,
        (Dialect::Postgres, Holds::Id) => format!("{text}::uuid"),
        (Dialect::Postgres, Holds::Code) => format!("{text}::smallint"),
        (Dialect::Postgres, Holds::Value(kind)) => match kind {
            Kind::Text | Kind::Texts | Kind::Choice(_) | Kind::Choices(_) => text,
            Kind::Int => format!("{text}::integer"),
            Kind::BigInt | Kind::Money | Kind::Time => format!("{text}::bigint"),
            Kind::Float => format!("{text}::double precision"),
            Kind::Bool => format!("{text}::boolean"),
            Kind::Date => format!("{text}::date"),
        },
    }
}

/// The facts of a noun as they stood at a moment, in place of its table.
pub(super) fn facts(sql: &mut Sql, entry: &Entry, as_of: Micros) -> String {
    let table = entry.noun.table;
    let Identity::Dimensions(dimensions) = entry.noun.identity else { return table.to_owned() };
    let at = sql.hold(as_of);
    let measures = entry
        .noun
        .fields
        .iter()
        .map(|field| field.column)
        .filter(|column| !["created_at", "updated_at"].contains(column) && !dimensions.contains(column));
    let measures: Vec<String> = measures
        .map(|column| {
            let said = format!("CASE WHEN h.fact_id IS NULL THEN n.{column} ELSE h.{column} END");
            match column {
                // That it was seen again to be the same is not kept; it was not known before that.
                "observed_at" => format!("CASE WHEN {said} <= {at} THEN {said} END AS {column}"),
                _ => format!("{said} AS {column}"),
            }
        })
        .collect();
    let last = format!("FROM {table}_history l WHERE l.fact_id = n.id");
    let updated = learnt("h.since", &last, &at);
    let dimensions: Vec<String> = dimensions.iter().map(|column| format!("n.{column}")).collect();
    format!(
        "(SELECT n.id, {updated} AS updated_at, {}, {} FROM {table} n LEFT JOIN {table}_history h ON h.fact_id = n.id \
         AND h.observation = (SELECT max(l.observation) FROM {table}_history l WHERE l.fact_id = n.id \
         AND l.since <= {at} AND l.until > {at}) WHERE n.created_at <= {at})",
        dimensions.join(", "),
        measures.join(", ")
    )
}

/// Rows like those of a table of sums, one for each fact as it stood at a moment.
pub(super) fn sums(sql: &mut Sql, noun: &str, rollup: &Rollup, as_of: Micros) -> String {
    let summed = SUMMED.iter().find(|summed| summed.noun == noun);
    let (Some(summed), Some(entry)) = (summed, catalogue::by_name(noun)) else {
        return rollup.table.to_owned();
    };
    let (facts, nil) = (facts(sql, entry, as_of), sql.dialect().nil());
    let dimensions = rollup.dimensions.iter().chain(summed.apart).map(|column| match *column {
        "day" | "source_id" => (*column).to_owned(),
        "channel" | "territory" | "currency" => format!("coalesce({column}, '') AS {column}"),
        column => format!("coalesce({column}, {nil}) AS {column}"),
    });
    let sums = summed.sums.iter().map(|(name, value)| format!("{value} AS {name}"));
    let columns: Vec<String> = dimensions.chain(sums).collect();
    format!(
        "(SELECT {}, coalesce(observed_at, updated_at) AS observed_at FROM {facts} n)",
        columns.join(", ")
    )
}

/// The sources that reported on each delivery by a moment, in place of the table that says so.
pub(super) fn reporters(sql: &mut Sql, as_of: Micros) -> String {
    let at = sql.hold(as_of);
    format!(
        "(SELECT n.delivery_id, n.source_id FROM performance_fact n WHERE n.delivery_id IS NOT NULL \
         AND n.created_at <= {at} GROUP BY n.delivery_id, n.source_id)"
    )
}

/// The deliveries on which several sources reported by a moment.
pub(super) fn contested(sql: &mut Sql, as_of: Micros) -> String {
    let reporters = reporters(sql, as_of);
    format!("(SELECT r.delivery_id FROM {reporters} r GROUP BY r.delivery_id HAVING count(*) > 1)")
}

impl Question<'_> {
    /// What is missing where it asks for the past and for something of which only the present is kept.
    pub fn past_not_kept(&self, split: &Split) -> Option<Missing> {
        self.lacks_past(split).then(|| Missing::of(Reason::PastNotKept))
    }

    /// Whether it asks for the past and for something of which only the present is kept: relations of many to many,
    /// other things on the way to what it is asked by, and nouns that do not keep what they said.
    fn lacks_past(&self, split: &Split) -> bool {
        if self.as_of.is_none() {
            return false;
        }
        let kept = |noun: &&str| catalogue::by_name(noun).is_some_and(is_kept);
        let spans = match &self.definition.value {
            Value::Median(span) => !ends_kept(span),
            Value::Reuse { .. } => true,
            Value::Ratio { .. } => false,
        };
        let steps =
            self.terms().any(|(_, term)| matches!(term, Term::Journey { first_steps_only: true, .. }));
        let mut asked: Vec<Dimension> = self.filter.dimensions().collect();
        if let Split::By(dimension) = split {
            asked.push(*dimension);
        }
        let far = |counted: Counted| asked.iter().any(|dimension| counted.leads_away(*dimension));
        spans || steps || !self.definition.nouns().iter().all(kept) || self.counted().into_iter().any(far)
    }
}

/// Whether the past of what says when a span ended is kept: a column, or things of a kept noun that lead back by one.
fn ends_kept(span: &Span) -> bool {
    let End::Earliest { edge, .. } = span.to else { return true };
    let edge = catalogue::by_name(span.noun).and_then(|entry| entry.edge(edge));
    edge.is_some_and(|edge| match (edge.target, &edge.way) {
        (Target::Noun(code), Way::Theirs(_) | Way::Own(_)) => catalogue::by_code(code).is_some_and(is_kept),
        _ => false,
    })
}
