//! Writes what the company has once, whatever its scale: systems, teams, roles, measures, governed fields, taxonomies.

use std::io;

use serde_json::{Value, json};

use crate::clock;

use super::line::{DAY, Line};
use super::words::{COMPANY, TAXONOMY, slug};
use super::writer::{Writer, team_key};

/// Terms of the ad platforms' list that mean one of our own, and whether that still holds.
const MATCHES: [(&str, &str, bool); 5] = [
    ("con-theme-outdoor-clothing", "con-subject-wear", true),
    ("con-theme-footwear", "con-subject-boot", true),
    ("con-theme-kitchen-and-dining", "con-subject-ware", true),
    ("con-theme-rail-travel", "con-subject-station", true),
    ("con-theme-interior", "con-subject-lamp", false),
];

/// Writes the company.
pub(super) fn company(writer: &mut Writer<'_>) -> io::Result<()> {
    for row in COMPANY.rows("team") {
        writer.put(Line::new("Team", &team_key(row[0])).set("name", row[1]).set("description", row[2]))?;
    }
    for row in COMPANY.rows("source") {
        let line = Line::new("Source", row[0]).set("kind", row[1]).set("vendor", row[2]);
        writer.put(line.set("description", row[3]).set("ownerTeam", &team_key("platform")))?;
    }
    for row in COMPANY.rows("role") {
        let line = Line::new("Person", &format!("role-{}", slug(row[1]))).set("name", row[1]);
        writer.put(line.set("role", row[2]).set("team", &team_key(row[0])))?;
    }
    for row in COMPANY.rows("kpi") {
        let target: f64 = row[3].parse().unwrap_or_default();
        let line = Line::new("Kpi", row[0]).set("version", &1).set("label", row[4]).set("unit", row[2]);
        let line = line.set("description", row[5]).set("numerator", row[6]).set("denominator", row[7]);
        writer.put(line.set("target", &target).set("owner", &team_key(row[1])))?;
    }
    for row in COMPANY.rows("field") {
        let options: Vec<&str> = row[5].split(';').filter(|option| !option.is_empty()).collect();
        let line = Line::new("MetadataField", &field_key(row[0])).set("name", row[0]);
        let line = line.set("description", row[4]).set("valueType", row[1]);
        let line = line.set("mandatory", &(row[2] == "yes")).set("options", &options);
        writer.put(line.set("steward", &team_key(row[3])))?;
    }
    taxonomies(writer)
}

/// The key of a governed field.
pub(super) fn field_key(name: &str) -> String {
    format!("field-{}", slug(name))
}

struct Scheme {
    name: &'static str,
    /// The keys of the terms above, from the top.
    above: Vec<String>,
    /// The numbers of the term, from the top.
    numbers: Vec<usize>,
}

fn taxonomies(writer: &mut Writer<'_>) -> io::Result<()> {
    let mut scheme = Scheme { name: "", above: Vec::new(), numbers: Vec::new() };
    for line in TAXONOMY.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((name, rest)) => {
                scheme = Scheme { name, above: Vec::new(), numbers: Vec::new() };
                let columns: Vec<&str> = rest.split('|').map(str::trim).collect();
                let uri = format!("https://terms.quillmoor.example/{name}");
                let line = Line::new("ConceptScheme", &format!("scheme-{name}")).set("title", columns[0]);
                let line = line.set("description", columns[2]).set("uri", &uri);
                writer.put(line.set("ownerTeam", &team_key(steward(columns[1]))))?;
            }
            None => concept(writer, &mut scheme, line)?,
        }
    }
    Ok(())
}

fn steward(team: &str) -> &str {
    if COMPANY.rows("team").iter().any(|row| row[0] == team) { team } else { "brand" }
}

fn concept(writer: &mut Writer<'_>, scheme: &mut Scheme, line: &'static str) -> io::Result<()> {
    let level = (line.len() - line.trim_start().len()) / 2;
    let (label, others) = line.trim().split_once('=').unwrap_or((line.trim(), ""));
    let label = label.trim();
    let others: Vec<&str> = others.split(';').map(str::trim).filter(|other| !other.is_empty()).collect();
    scheme.above.truncate(level);
    scheme.numbers.truncate(level + 1);
    match scheme.numbers.get_mut(level) {
        Some(number) => *number += 1,
        None => scheme.numbers.push(1),
    }
    let notation: Vec<String> = scheme.numbers.iter().map(ToString::to_string).collect();
    let key = format!("con-{}-{}", scheme.name, slug(label));
    let mut line = Line::new("Concept", &key).set("prefLabel", label).set("altLabels", &others);
    line = line.set("notation", &notation.join(".")).set("scheme", &format!("scheme-{}", scheme.name));
    if let Some(broader) = scheme.above.last() {
        line = line.set("broader", &[broader]);
    }
    let matches = matches(&key, writer);
    if !matches.is_empty() {
        line = line.set("exactMatch", &matches);
    }
    if level == 2 {
        writer.concepts.entry(scheme.name).or_default().push(key.clone());
    }
    scheme.above.push(key);
    writer.put(line)
}

fn matches(key: &str, writer: &Writer<'_>) -> Vec<Value> {
    MATCHES
        .iter()
        .filter(|(from, _, _)| *from == key)
        .map(|(_, to, holds)| {
            let from = clock::written(writer.now - 700 * DAY);
            let until = clock::written(writer.now - 90 * DAY);
            if *holds {
                json!({ "key": to, "validFrom": from })
            } else {
                json!({ "key": to, "validFrom": from, "validTo": until })
            }
        })
        .collect()
}
