//! References into ids: each staged table becomes one whose columns are those of the store, with a sentence beside
//! each line that names something unknown.

use sea_orm::sqlx;

use super::keys::first_of_name;
use super::layout::{LAYOUT, List, NounSheet, Pointer};
use super::met::MetNoun;
use super::sheet::{Sheet, Type};
use super::work::Work;
use crate::catalogue::{CATALOGUE, Code, Target};

/// The columns that every resolved table begins with.
const HEAD: [(&str, Type); 7] = [
    ("line", Type::Big),
    ("id", Type::Id),
    ("state", Type::Small),
    ("given", Type::Small),
    ("present", Type::Big),
    ("bad", Type::Text),
    ("lost", Type::Small),
];

/// The resolved table of a noun.
pub(super) fn resolved(noun: &NounSheet) -> String {
    format!("ok_{}", noun.table())
}

/// A `SELECT` while it grows: what it selects, what it joins, what it finds wrong, and which names it finds unknown.
#[derive(Default)]
struct Select {
    columns: Vec<String>,
    joins: Vec<String>,
    wrong: Vec<String>,
    lost: Vec<String>,
}

impl Work {
    /// Looks up all references of all lines.
    pub(super) async fn resolve(&mut self) -> Result<(), sqlx::Error> {
        // What is known by name goes first, for others look it up there.
        let (named, others): (Vec<_>, Vec<_>) =
            self.nouns().partition(|(noun, _)| noun.name_column().is_some());
        for (noun, met) in named.iter().chain(&others) {
            self.resolve_noun(noun, met).await?;
        }
        self.resolve_lists().await?;
        self.resolve_statuses().await?;
        self.check_ids().await
    }

    async fn resolve_noun(&mut self, noun: &'static NounSheet, met: &MetNoun) -> Result<(), sqlx::Error> {
        let sheet = resolved_sheet(noun);
        self.session.create(&sheet, true).await?;
        let mut select = Select::default();
        self.own(noun, &mut select);
        for slot in &noun.fields {
            select.columns.push(format!("x.f_{}", slot.field.column));
        }
        for pointer in &noun.pointers {
            let met_here = met.present & pointer.bit != 0;
            self.follow(pointer, met_here.then_some(met), &mut select);
        }
        let Select { columns, joins, wrong, lost } = select;
        let all: Vec<&str> = wrong.iter().chain(&lost).map(String::as_str).collect();
        let bad = if all.is_empty() {
            "CAST(NULL AS text)".to_owned()
        } else {
            format!("substr(nullif({}, ''), 3)", all.join(" || "))
        };
        // Whether nothing is wrong but that something named is not known, or not yet.
        let only_lost = match wrong.is_empty() {
            true => "1".to_owned(),
            false => format!("CASE WHEN {} = '' THEN 1 ELSE 0 END", wrong.join(" || ")),
        };
        let (own, rest) = columns.split_at(2);
        self.session
            .run(&format!(
                "INSERT INTO {} SELECT x.line, {}, x.given, x.present, {bad}, {only_lost}{}{} FROM {} x {}",
                sheet.table,
                own.join(", "),
                if rest.is_empty() { "" } else { ", " },
                rest.join(", "),
                LAYOUT.sheets[noun.sheet].table,
                joins.join(" ")
            ))
            .await?;
        self.measure(&[sheet.table]).await
    }

    /// The id and whether the store has it already.
    fn own(&self, noun: &NounSheet, select: &mut Select) {
        let (table, had) = (noun.table(), self.had(noun));
        if let Some(column) = noun.name_column() {
            select.joins.push(format!("LEFT JOIN {table} own ON own.{column} = x.key"));
            select.joins.push(format!("LEFT JOIN {table} t ON t.id = x.id AND x.given = 1"));
            let first = first_of_name(&LAYOUT.sheets[noun.sheet].table);
            select.columns.push(format!("coalesce(own.id, {first})"));
            select.columns.push("CASE WHEN own.id IS NULL THEN 0 ELSE 1 END".to_owned());
            select.wrong.push(wrong(
                &format!(
                    "x.given = 1 AND (own.id <> x.id OR (own.id IS NULL AND t.id IS NOT NULL) OR \
                     (own.id IS NULL AND {first} <> x.id))"
                ),
                "'`id` and the name are of different things'",
            ));
        } else if noun.has_key() && self.twins[noun.sheet] {
            select.joins.push("LEFT JOIN in__sources os ON os.src = x.src".to_owned());
            select.joins.push(format!(
                "LEFT JOIN external_id own ON own.source_id = os.id AND own.entity_type = {} AND own.value = x.key",
                noun.code()
            ));
            select.columns.push("coalesce(own.entity_id, x.id)".to_owned());
            if had {
                select.joins.push(format!("LEFT JOIN {table} t ON t.id = coalesce(own.entity_id, x.id)"));
                select.columns.push("CASE WHEN t.id IS NULL THEN 0 ELSE 1 END".to_owned());
            } else {
                select.columns.push("0".to_owned());
            }
            select.wrong.push(wrong(
                "x.given = 1 AND own.entity_id <> x.id",
                "'`id` and `key` are of different things'",
            ));
        } else {
            select.columns.extend(["x.id".to_owned(), "0".to_owned()]);
        }
        if self.met.nouns[noun.sheet].identities {
            select.wrong.push(foreign_identity());
        }
    }

    /// A relation to one: its id, found by key, by name or given.
    fn follow(&self, pointer: &Pointer, met: Option<&MetNoun>, select: &mut Select) {
        let stem = &pointer.stem;
        if let Some(code) = pointer.code {
            debug_assert!(!code.is_empty());
            select.columns.push(format!("x.{stem}_t"));
        }
        let Some(met) = met else {
            select.columns.push(format!("x.{stem}_i"));
            return;
        };
        let here = Here {
            row: "x",
            source: format!("{stem}_s"),
            key: format!("{stem}_k"),
            code: format!("x.{stem}_t"),
            alias: format!("r_{}", pointer.column),
        };
        let found = self.lookup(&here, pointer.target, met.by_name, &mut select.joins);
        select.lost.push(wrong(
            &format!("x.{stem}_k IS NOT NULL AND {found} IS NULL"),
            &unknown(&format!("'`{}` names '", pointer.name), &here, pointer.target),
        ));
        select.columns.push(format!("coalesce({found}, x.{stem}_i)"));
    }

    /// Joins what finds a named thing; answers the expression of its id.
    fn lookup(&self, here: &Here, target: Target, by_name: bool, joins: &mut Vec<String>) -> String {
        let Here { row, source, key, code, alias } = here;
        let named = |code: Code| LAYOUT.noun(code).filter(|noun| noun.name_column().is_some());
        if let Target::Noun(code) = target
            && let Some(noun) = named(code)
        {
            joins.push(format!("LEFT JOIN {} {alias} ON {alias}.value = {row}.{key}", self.names(noun)));
            return format!("{alias}.id");
        }
        let of_type = match target {
            Target::Noun(code) => code.to_string(),
            Target::Any => code.clone(),
        };
        joins.push(format!("LEFT JOIN in__sources {alias}_s ON {alias}_s.src = {row}.{source}"));
        joins.push(format!(
            "LEFT JOIN external_id {alias} ON {alias}.source_id = {alias}_s.id \
             AND {alias}.entity_type = {of_type} AND {alias}.value = {row}.{key}"
        ));
        let mut found = vec![format!("{alias}.entity_id")];
        if target == Target::Any && by_name {
            for noun in LAYOUT.nouns.iter().filter(|noun| noun.name_column().is_some()) {
                let name = format!("{alias}_{}", noun.code());
                joins.push(format!(
                    "LEFT JOIN {} {name} ON {of_type} = {} AND {row}.{source} = -1 AND {name}.value = {row}.{key}",
                    self.names(noun),
                    noun.code()
                ));
                found.push(format!("{name}.id"));
            }
        }
        match found.as_slice() {
            [only] => only.clone(),
            all => format!("coalesce({})", all.join(", ")),
        }
    }

    /// The names of a noun that is known by name, in the store and in the file, as a table of `id` and `value`.
    fn names(&self, noun: &NounSheet) -> String {
        let column = noun.name_column().unwrap_or("name");
        let stored = format!("SELECT id, {column} AS value FROM {}", noun.table());
        if noun.table() == "source" || self.met.nouns[noun.sheet].lines == 0 {
            return format!("({stored})");
        }
        format!("({stored} UNION SELECT id, {column} FROM {})", resolved(noun))
    }

    /// Relations to many, each pair from its first end to its other.
    async fn resolve_lists(&mut self) -> Result<(), sqlx::Error> {
        use Type::{Big, Id, Small, Text};
        let pair = [("a_type", Small), ("a_id", Id), ("b_type", Small), ("b_id", Id)];
        let mut columns = vec![("line", Big), ("relation", Small), ("forward", Small)];
        columns.extend(pair);
        columns.extend([("valid_from", Big), ("valid_to", Big), ("code", Small), ("bad", Text)]);
        self.session.create(&Sheet::new("ok__links", &columns), false).await?;
        let set = [("line", Big), ("relation", Small), ("forward", Small), ("id", Id)];
        self.session.create(&Sheet::new("ok__sets", &set), false).await?;
        for (noun, met) in self.nouns() {
            let lists: Vec<&List> = noun.lists.iter().filter(|list| met.present & list.bit != 0).collect();
            if lists.is_empty() {
                continue;
            }
            let (code, table) = (noun.code(), resolved(noun));
            let here = Here {
                row: "l",
                source: "src".to_owned(),
                key: "key".to_owned(),
                code: "l.type".to_owned(),
                alias: "r".to_owned(),
            };
            let mut joins = Vec::new();
            let found = self.lookup(&here, Target::Any, met.by_name, &mut joins);
            let far = format!("coalesce({found}, l.ref)");
            let fields: Vec<String> = lists
                .iter()
                .map(|list| {
                    let forward = i16::from(list.forward);
                    format!(
                        "WHEN l.relation = {} AND l.forward = {forward} THEN '{}'",
                        list.relation, list.name
                    )
                })
                .collect();
            let front = format!("'`' || CASE {} ELSE '' END || '` names '", fields.join(" "));
            let bad = wrong(&format!("{far} IS NULL"), &unknown(&front, &here, Target::Any));
            self.session
                .run(&format!(
                    "INSERT INTO ok__links SELECT l.line, l.relation, l.forward, \
                     CASE l.forward WHEN 1 THEN {code} ELSE l.type END, CASE l.forward WHEN 1 THEN o.id ELSE {far} END, \
                     CASE l.forward WHEN 1 THEN l.type ELSE {code} END, CASE l.forward WHEN 1 THEN {far} ELSE o.id END, \
                     l.valid_from, l.valid_to, {code}, substr(nullif({bad}, ''), 3) \
                     FROM in__links l CROSS JOIN {table} o {} WHERE l.near = {code} AND o.line = l.line",
                    joins.join(" ")
                ))
                .await?;
            self.session
                .run(&format!(
                    "INSERT INTO ok__sets SELECT l.line, l.relation, l.forward, o.id \
                     FROM in__sets l CROSS JOIN {table} o WHERE l.near = {code} AND o.line = l.line"
                ))
                .await?;
        }
        self.measure(&["ok__links".to_owned(), "ok__sets".to_owned()]).await
    }

    /// Finds the references by id that name nothing.
    async fn check_ids(&mut self) -> Result<(), sqlx::Error> {
        for (noun, met) in self.nouns() {
            let (table, staged) = (resolved(noun), &LAYOUT.sheets[noun.sheet].table);
            for pointer in noun.pointers.iter().filter(|pointer| met.by_id & pointer.bit != 0) {
                let stem = &pointer.stem;
                for far in targets(pointer.target) {
                    let of_type = match pointer.code {
                        Some(_) => format!(" AND y.{stem}_t = {}", far.code()),
                        None => String::new(),
                    };
                    let which = format!(
                        "line IN (SELECT y.line FROM {staged} y WHERE y.{stem}_i IS NOT NULL{of_type}) AND {}",
                        self.nowhere(far, &format!("{table}.{}", pointer.column))
                    );
                    self.accuse(&table, &which, pointer.name).await?;
                }
            }
            for list in noun.lists.iter().filter(|list| met.by_id & list.bit != 0) {
                let end = if list.forward { "b" } else { "a" };
                for far in targets(list.target) {
                    let which = format!(
                        "relation = {} AND forward = {} AND code = {} AND {end}_type = {} AND {}",
                        list.relation,
                        i16::from(list.forward),
                        noun.code(),
                        far.code(),
                        self.nowhere(far, &format!("ok__links.{end}_id"))
                    );
                    self.accuse("ok__links", &which, list.name).await?;
                }
            }
        }
        Ok(())
    }

    async fn accuse(&mut self, table: &str, which: &str, name: &str) -> Result<(), sqlx::Error> {
        let found = if table == "ok__links" { "" } else { "lost = 0, " };
        self.session
            .run(&format!(
                "UPDATE {table} SET {found}bad = coalesce(bad || '; ', '') || \
                 '`{name}` gives an id that names nothing in the store or in an accepted line' WHERE {which}"
            ))
            .await?;
        Ok(())
    }

    /// That an id is neither in the store nor in the file.
    fn nowhere(&self, far: &NounSheet, id: &str) -> String {
        let stored = format!("NOT EXISTS (SELECT 1 FROM {} z WHERE z.id = {id})", far.table());
        if self.met.nouns[far.sheet].lines == 0 {
            return stored;
        }
        format!("{stored} AND {id} NOT IN (SELECT z.id FROM {} z)", resolved(far))
    }
}

/// Where a named thing is looked up from: the row, its columns, and what the join is called.
struct Here {
    row: &'static str,
    source: String,
    key: String,
    code: String,
    alias: String,
}

fn resolved_sheet(noun: &NounSheet) -> Sheet {
    let mut columns: Vec<(String, Type)> =
        HEAD.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let staged = &LAYOUT.sheets[noun.sheet].columns;
    columns.extend(noun.fields.iter().map(|slot| (slot.field.column.to_owned(), staged[slot.at].1)));
    for pointer in &noun.pointers {
        columns.extend(pointer.code.map(|code| (code.to_owned(), Type::Small)));
        columns.push((pointer.column.to_owned(), Type::Id));
    }
    Sheet { table: resolved(noun), columns }
}

/// What is wrong with a line one of whose further identities belongs to something else.
fn foreign_identity() -> String {
    let foreign = "FROM in__identities i CROSS JOIN in__sources si CROSS JOIN external_id e \
                   WHERE i.line = x.line AND si.src = i.src AND e.source_id = si.id \
                   AND e.entity_type = i.type AND e.value = i.value AND e.entity_id <> i.id";
    wrong(
        &format!("EXISTS (SELECT 1 {foreign})"),
        &format!(
            "'`externalIds` gives ' || (SELECT substr(i.value, 1, 60) || ' of source ' || si.name {foreign} LIMIT 1) \
             || ', which belongs to something else'"
        ),
    )
}

fn wrong(condition: &str, sentence: &str) -> String {
    format!("CASE WHEN {condition} THEN '; ' || {sentence} ELSE '' END")
}

/// The sentence that says that a named thing is unknown.
fn unknown(front: &str, here: &Here, target: Target) -> String {
    let label = match target {
        Target::Noun(code) => LAYOUT.noun(code).map_or("", |noun| noun.entry.noun.name),
        Target::Any => "",
    };
    let label = if label.is_empty() { String::new() } else { format!(" || 'the {label} '") };
    format!(
        "{front}{label} || substr({}.{}, 1, 60) || ', which is neither in the store nor in an accepted line'",
        here.row, here.key
    )
}

fn targets(target: Target) -> impl Iterator<Item = &'static NounSheet> {
    CATALOGUE
        .iter()
        .filter(move |entry| target == Target::Any || target == Target::Noun(entry.noun.code))
        .filter_map(|entry| LAYOUT.noun(entry.noun.code))
}
