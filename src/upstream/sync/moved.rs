//! What a merge moves, edge by edge as the catalogue has them, and which of its columns a thing takes over.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::curate::run;
use crate::catalogue::{self, Edge, Entry, Field, Target, Way};
use crate::ingest::Sums;
use crate::store::Dialect;

/// Lets everything that one edge of `old` leads to be led to from `into`; a pair that both have becomes one.
pub(super) async fn edge(
    db: &impl ConnectionTrait,
    (noun, edge): (&'static Entry, &Edge),
    (into, old): (Uuid, Uuid),
) -> Result<(), DbErr> {
    let ids = [into, old];
    let (table, near, far) = match (&edge.way, edge.target) {
        (Way::Own(_) | Way::OwnAny(..), _) => return Ok(()),
        (Way::Theirs(column), Target::Noun(code)) => {
            let Some(other) = catalogue::by_code(code) else { return Ok(()) };
            let table = other.noun.table;
            let update = format!("UPDATE {table} SET {column} = {{0}} WHERE {column} = {{1}}");
            summed(db, (other, column), ids, run(db, &update, &ids)).await?;
            if code == noun.noun.code {
                // Nothing stands in for itself.
                let itself =
                    format!("UPDATE {table} SET {column} = NULL WHERE id = {{0}} AND {column} = {{0}}");
                run(db, &itself, &ids).await?;
            }
            return Ok(());
        }
        (Way::Theirs(_), Target::Any) => return Ok(()),
        // What is no table of pairs of its own belongs to a noun, whose edges to one are moved, or is the identity map.
        (Way::Pairs(pairs), _) if !pairs.unique => return Ok(()),
        (Way::Pairs(pairs), _) => (pairs.table, pairs.near, pairs.far),
        (Way::PairsOfAny(pairs), _) => (pairs.table, pairs.near, pairs.far),
    };
    let between = format!(
        "DELETE FROM {table} WHERE ({near} = {{0}} AND {far} = {{1}}) OR ({near} = {{1}} AND {far} = {{0}})"
    );
    run(db, &between, &ids).await?;
    let both = format!(
        "DELETE FROM {table} WHERE {near} = {{1}} AND {far} IN (SELECT o.{far} FROM {table} o WHERE o.{near} = {{0}})"
    );
    run(db, &both, &ids).await?;
    run(db, &format!("UPDATE {table} SET {near} = {{0}} WHERE {near} = {{1}}"), &ids).await?;
    Ok(())
}

/// Moves facts, and their sums with them: `moving` lets facts that were of one of these things be of another of them.
pub(super) async fn summed<T>(
    db: &impl ConnectionTrait,
    (noun, column): (&Entry, &str),
    ids: [Uuid; 2],
    moving: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<(), DbErr> {
    let sums = Sums::of(noun.noun.name, Dialect::of(db));
    let of_these = format!("t.{column} IN ({{0}}, {{1}})");
    if let Some(sums) = sums {
        run(db, &sums.begin(), &[]).await?;
        run(db, &sums.without(&of_these), &ids).await?;
    }
    moving.await?;
    if let Some(sums) = sums {
        run(db, &sums.with(&of_these), &ids).await?;
        for statement in sums.settle() {
            run(db, &statement, &[]).await?;
        }
    }
    Ok(())
}

/// What of the columns of `t` is set from those of `f`: only what `t` lacks, and only where what it says nothing without
/// is the same in both, so that no amount is given in another's currency.
pub(super) fn filled(noun: &Entry) -> String {
    let mut sets = String::new();
    let mut set = |column: &str, value: &str| {
        let comma = if sets.is_empty() { "" } else { ", " };
        let _ = write!(sets, "{comma}{column} = {value}");
    };
    for field in noun.noun.fields.iter().filter(|field| !is_kept(field)) {
        let column = field.column;
        let needed = field.needs.iter().copied().chain(field.forms.iter().map(|forms| forms.by));
        let mut when = lacking(field, "t");
        for other in needed {
            let lacks = noun.noun.fields.iter().find(|field| field.column == other);
            let lacks = lacks.map_or_else(|| format!("t.{other} IS NULL"), |field| lacking(field, "t"));
            let _ = write!(when, " AND ({lacks} OR t.{other} = f.{other})");
        }
        set(column, &format!("CASE WHEN {when} THEN coalesce(f.{column}, t.{column}) ELSE t.{column} END"));
    }
    for edge in &noun.edges {
        match &edge.way {
            Way::Own(column) => set(
                column,
                &format!(
                    "coalesce(t.{column}, CASE WHEN f.{column} IN (t.id, f.id) THEN NULL ELSE f.{column} END)"
                ),
            ),
            Way::OwnAny(code, id) => {
                set(code, &format!("CASE WHEN t.{id} IS NULL THEN f.{code} ELSE t.{code} END"));
                set(id, &format!("coalesce(t.{id}, f.{id})"));
            }
            Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => {}
        }
    }
    sets
}

/// Whether a field says when Weft learnt of a thing, which nobody gives.
pub(super) fn is_kept(field: &Field) -> bool {
    matches!(field.column, "created_at" | "updated_at")
}

fn lacking(field: &Field, alias: &str) -> String {
    let column = field.column;
    if field.kind.is_list() {
        return format!("coalesce({alias}.{column}, '[]') = '[]'");
    }
    format!("{alias}.{column} IS NULL")
}
