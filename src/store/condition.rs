//! Filters written as SQL that both databases understand.

use super::dialect::Dialect;
use super::merged::{present, present_rows};
use super::predicate::{Comparison, LiveKind, Predicate};
use super::sql::Sql;
use crate::catalogue::{self, Edge, Pairs, Target, Way};
use crate::clock::{Micros, written};

/// Writes `predicate` as a condition on the rows that `alias` stands for.
pub(super) fn condition(sql: &mut Sql, alias: &str, predicate: &Predicate) {
    match predicate {
        Predicate::All(parts) => joined(sql, alias, parts, (" AND ", "TRUE")),
        Predicate::Any(parts) => joined(sql, alias, parts, (" OR ", "FALSE")),
        Predicate::Not(part) => {
            sql.push("(");
            condition(sql, alias, part);
            sql.push(") IS NOT TRUE");
        }
        Predicate::Compare(column, comparison, value) => {
            let sign = Comparison::sign(*comparison);
            sql.push(&format!("{alias}.{column} {sign} ")).bind(value.clone());
        }
        // SQLite would take the index of any column that is compared, and sort what it finds; the sign keeps it from that.
        Predicate::Coarse(part) if sql.walks_an_order() => condition(sql, &format!("+{alias}"), part),
        Predicate::Coarse(part) => condition(sql, alias, part),
        Predicate::OneOf(column, values) if values.is_empty() => {
            sql.push(&format!("({alias}.{column} IS NULL AND FALSE)"));
        }
        Predicate::Ids(column, ids) => {
            sql.push(&format!("{alias}.{column} "));
            match ids.as_slice() {
                [id] => present(sql.push("= "), *id),
                ids => present_rows(sql.push("IN "), ids),
            }
        }
        Predicate::OneOf(column, values) => {
            sql.push(&format!("{alias}.{column} IN ("));
            for (place, value) in values.iter().enumerate() {
                sql.push(if place > 0 { ", " } else { "" }).bind(value.clone());
            }
            sql.push(")");
        }
        Predicate::Known(column, known) => {
            sql.push(&format!("{alias}.{column} IS {}NULL", if *known { "NOT " } else { "" }));
        }
        Predicate::Contains(column, text) => {
            let function = sql.dialect().position();
            sql.push(&format!("{function}({alias}.{column}, ")).bind(text.as_str()).push(") > 0");
        }
        Predicate::StartsWith(column, text) => {
            let place = sql.hold(text.as_str());
            let place = if sql.dialect() == Dialect::Postgres { format!("{place}::text") } else { place };
            sql.push(&format!("substr({alias}.{column}, 1, length({place})) = {place}"));
        }
        Predicate::Has(column, text) => match sql.dialect() {
            Dialect::Postgres => {
                sql.push(&format!("jsonb_exists({alias}.{column}::jsonb, ")).bind(text.as_str()).push(")");
            }
            Dialect::Sqlite => {
                sql.push(&format!("EXISTS (SELECT 1 FROM json_each({alias}.{column}) j WHERE j.value = "));
                sql.bind(text.as_str()).push(")");
            }
        },
        Predicate::Empty(column, empty) => {
            sql.push(&format!("{alias}.{column} {} '[]'", if *empty { "=" } else { "<>" }));
        }
        Predicate::Related(edge, inner) => related(sql, alias, edge, inner),
        Predicate::Linked(pairs, codes, ids) => {
            let link = sql.alias();
            let (table, near, code, far) = (pairs.table, pairs.near, pairs.code, pairs.far);
            sql.push(&format!("EXISTS (SELECT 1 FROM {table} {link} WHERE {link}.{near} = {alias}.id"));
            if !codes.is_empty() {
                let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
                sql.push(&format!(" AND {link}.{code} IN ({})", codes.join(", ")));
            }
            if !ids.is_empty() {
                sql.push(&format!(" AND {link}.{far} IN "));
                present_rows(sql, ids);
            }
            sql.push(")");
        }
        Predicate::Live(kind, at) => live(sql, alias, *kind, *at),
        Predicate::Within(ids) => {
            sql.push(&format!("{alias}.id IN (WITH RECURSIVE under(id) AS (SELECT id FROM "));
            present_rows(sql, ids);
            sql.push(
                " given UNION SELECT b.concept_id FROM concept_broader b JOIN under ON b.broader_id = under.id) \
                 SELECT id FROM under)",
            );
        }
        Predicate::RightsEndBefore(at) => rights_end_before(sql, alias, *at),
    }
}

fn joined(sql: &mut Sql, alias: &str, parts: &[Predicate], (word, none): (&str, &str)) {
    if parts.is_empty() {
        sql.push(none);
        return;
    }
    for (place, part) in parts.iter().enumerate() {
        sql.push(if place > 0 { word } else { "" }).push("(");
        condition(sql, alias, part);
        sql.push(")");
    }
}

fn related(sql: &mut Sql, alias: &str, edge: &'static Edge, inner: &Predicate) {
    let Some(target) = target_table(edge) else { return };
    let other = sql.alias();
    match &edge.way {
        Way::Own(column) if matches!(inner, Predicate::All(parts) if parts.is_empty()) => {
            sql.push(&format!("{alias}.{column} IS NOT NULL"));
            return;
        }
        Way::Own(column) => {
            sql.push(&format!(
                "EXISTS (SELECT 1 FROM {target} {other} WHERE {other}.id = {alias}.{column} AND ("
            ));
        }
        Way::Theirs(column) => {
            sql.push(&format!(
                "EXISTS (SELECT 1 FROM {target} {other} WHERE {other}.{column} = {alias}.id AND ("
            ));
        }
        Way::Pairs(Pairs { table, near, far, .. }) => {
            let link = sql.alias();
            sql.push(&format!(
                "EXISTS (SELECT 1 FROM {table} {link} JOIN {target} {other} ON {other}.id = {link}.{far} \
                 WHERE {link}.{near} = {alias}.id AND ("
            ));
        }
        Way::OwnAny(..) | Way::PairsOfAny(_) => return,
    }
    condition(sql, &other, inner);
    sql.push("))");
}

fn target_table(edge: &Edge) -> Option<&'static str> {
    match edge.target {
        Target::Noun(code) => catalogue::by_code(code).map(|entry| entry.noun.table),
        Target::Any => None,
    }
}

/// `startTime ≤ T < endTime`, an open end is for ever, no start is never; and not paused or cancelled at T.
fn live(sql: &mut Sql, alias: &str, kind: LiveKind, at: Micros) {
    let at_place = sql.hold(at);
    match kind {
        LiveKind::Delivery => {
            sql.push(&format!("({})", dated(alias, &at_place)));
        }
        LiveKind::Experience => {
            sql.push(&format!("({})", between(alias, ("live_from", "live_to"), &at_place)));
        }
        LiveKind::Usage => {
            let (delivery, experience) = (sql.alias(), sql.alias());
            sql.push(&format!(
                "({} AND ({alias}.delivery_id IS NOT NULL OR {alias}.experience_id IS NOT NULL) \
                 AND ({alias}.delivery_id IS NULL OR EXISTS (SELECT 1 FROM delivery {delivery} \
                 WHERE {delivery}.id = {alias}.delivery_id AND {})) \
                 AND ({alias}.experience_id IS NULL OR EXISTS (SELECT 1 FROM experience {experience} \
                 WHERE {experience}.id = {alias}.experience_id AND {})))",
                dated(alias, &at_place),
                dated(&delivery, &at_place),
                between(&experience, ("live_from", "live_to"), &at_place),
            ));
        }
    }
}

fn between(alias: &str, (start, end): (&str, &str), at: &str) -> String {
    format!("{alias}.{start} <= {at} AND ({alias}.{end} IS NULL OR {alias}.{end} > {at})")
}

fn dated(alias: &str, at: &str) -> String {
    let times = between(alias, ("start_time", "end_time"), at);
    format!(
        "{times} AND coalesce((SELECT s.status FROM status_change s WHERE s.entity_id = {alias}.id \
         AND s.since <= {at} ORDER BY s.since DESC LIMIT 1), {alias}.status, '') NOT IN ('PAUSED', 'CANCELLED')"
    )
}

fn rights_end_before(sql: &mut Sql, alias: &str, at: Micros) {
    let moment = sql.hold(at);
    let text = sql.hold(written(at).trim_end_matches('Z'));
    let operand = match sql.dialect() {
        Dialect::Postgres => "(c.right_operand::json ->> 0) COLLATE \"C\"",
        Dialect::Sqlite => "c.right_operand ->> 0",
    };
    let ends = format!(
        "(coalesce(r.valid_to < {moment}, FALSE) OR EXISTS (SELECT 1 FROM rights_constraint c \
         WHERE c.policy_id = p.id AND c.left_operand = 'DATE_TIME' AND c.operator IN ('LT', 'LTEQ', 'EQ') \
         AND rtrim({operand}, 'Z') < {text}))"
    );
    // What has a permission of either sort, and everything that derives from it: two plain sets, so that neither
    // database walks the derivations again for each asset.
    let with = |sort: &str| {
        format!(
            "(WITH RECURSIVE has(id) AS (SELECT r.asset_id FROM asset_rights r \
             JOIN rights_policy p ON p.id = r.rights_policy_id AND p.kind = 'PERMISSION' WHERE {sort} \
             UNION SELECT d.derivative_id FROM asset_derivation d JOIN has ON d.original_id = has.id) \
             SELECT id FROM has)"
        )
    };
    let (ending, open) = (with(&ends), with(&format!("NOT {ends}")));
    sql.push(&format!("({alias}.id IN {ending} AND {alias}.id NOT IN {open})"));
}
