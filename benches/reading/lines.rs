//! The content of `data` as an import is given it: lines of JSON for Weft, rows with keys instead of ids for the
//! floor, whose parsing is not part of it.

use std::io::Write;

use weft::catalogue::{CATALOGUE, Entry, Holds, Kind, Target, Way};

use crate::Outcome;
use crate::data::{Cell, Size, Table, tables};

/// A list of keys on the lines of a table, and the table of pairs that it becomes.
struct Folded {
    table: &'static str,
    field: &'static str,
    pairs: &'static str,
}

const FOLDED: [Folded; 3] = [
    Folded { table: "asset", field: "concepts", pairs: "concept_tag" },
    Folded { table: "concept", field: "broader", pairs: "concept_broader" },
    Folded { table: "variant", field: "assets", pairs: "variant_asset" },
];

/// The noun of a table, unless it is one of pairs.
pub(crate) fn noun_of(table: &Table) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.noun.table == table.name)
}

/// The noun that a column with an id leads to.
pub(crate) fn target(entry: &Entry, column: &str) -> Option<i16> {
    entry.edges.iter().find_map(|edge| match (&edge.way, edge.target) {
        (Way::Own(own), Target::Noun(code)) if own == column => Some(code),
        _ => None,
    })
}

/// Writes every thing as a line. Answers how many there are.
pub(crate) fn write(out: &mut impl Write, size: Size) -> Outcome<u64> {
    let all = tables(size);
    let mut lines = 0;
    for (table, entry) in all.iter().filter_map(|table| Some((table, noun_of(table)?))) {
        let folded = FOLDED.iter().find(|folded| folded.table == table.name);
        let pairs = folded.and_then(|folded| {
            let pairs = all.iter().find(|pairs| pairs.name == folded.pairs)?;
            Some((folded.field, pairs, pairs.rows / table.rows.max(1)))
        });
        for n in 0..table.rows {
            let Some(row) = (table.row)(n, size) else { continue };
            write!(out, "{{\"type\":\"{}\"", entry.noun.name)?;
            for (column, cell) in table.columns.iter().zip(&row) {
                member(out, entry, column, cell)?;
            }
            if let Some((field, pairs, each)) = pairs {
                write!(out, ",\"{field}\":[")?;
                let rows = (n * each..(n + 1) * each).filter_map(|n| (pairs.row)(n, size));
                for (place, row) in rows.enumerate() {
                    out.write_all(if place > 0 { b",\"" } else { b"\"" })?;
                    out.write_all(key(row.last()).as_bytes())?;
                    out.write_all(b"\"")?;
                }
                out.write_all(b"]")?;
            }
            out.write_all(b"}\n")?;
            lines += 1;
        }
    }
    Ok(lines)
}

fn member(out: &mut impl Write, entry: &Entry, column: &str, cell: &Cell) -> Outcome<()> {
    if column == "id" {
        write!(out, ",\"key\":\"{}\"", key(Some(cell)))?;
    } else if let Some(field) = column.strip_suffix("_id") {
        write!(out, ",\"{field}\":\"{}\"", key(Some(cell)))?;
    } else if !is_stamp(column) {
        let place = entry.column(column).ok_or_else(|| format!("no column {column}"))?;
        let field = entry.noun.fields.get(place - 1).ok_or("a column that is no field")?;
        write!(out, ",\"{}\":", field.name)?;
        match (cell, entry.columns[place].holds) {
            (Cell::Null, _) => write!(out, "null")?,
            (Cell::Int(amount), Holds::Value(Kind::Money)) => {
                write!(out, "{}", weft::money::written(*amount))?;
            }
            (Cell::Int(micros), Holds::Value(Kind::Time)) => {
                write!(out, "\"{}\"", weft::clock::written(*micros))?;
            }
            (Cell::Int(number), _) => write!(out, "{number}")?,
            (Cell::Text(text), _) => write!(out, "\"{text}\"")?,
            (Cell::Word(word), _) => write!(out, "\"{word}\"")?,
            (Cell::Id(_), _) => return Err("an id in a field".into()),
        }
    }
    Ok(())
}

/// Whether import makes the column by itself.
pub(crate) fn is_stamp(column: &str) -> bool {
    matches!(column, "created_at" | "updated_at" | "subject_type")
}

fn key(cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Id(id)) => id.simple().to_string(),
        _ => String::new(),
    }
}

/// A row as the floor stages it: an id for what is new, and keys for all that it names.
pub(crate) fn staged(table: &Table, row: Vec<Cell>) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(row.len() + 1);
    for (column, cell) in table.columns.iter().zip(row) {
        match cell {
            Cell::Id(id) if *column == "id" => {
                cells.push(Cell::Id(id));
                cells.push(Cell::Text(id.simple().to_string()));
            }
            Cell::Id(_) => cells.push(Cell::Text(key(Some(&cell)))),
            _ if is_stamp(column) => {}
            cell => cells.push(cell),
        }
    }
    cells
}
