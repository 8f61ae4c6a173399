//! A few things of every noun, made from the catalogue, so that a new noun is imported and exported without a line here.

use serde_json::{Map, Value, json};
use weft::catalogue::{Bound, CATALOGUE, Entry, Form, Forms, Identity, Kind, Target, Way, by_name};
use weft::clock::written;

/// A few things of every noun, with every field and every relation that import writes.
pub(super) fn world() -> Vec<Value> {
    const EACH: usize = 3;
    let mut lines = Vec::new();
    for (number, entry) in CATALOGUE.iter().enumerate() {
        for place in 0..EACH {
            lines.push(Value::Object(thing(entry, number + place, place)));
        }
    }
    lines
}

fn key(entry: &Entry, place: usize) -> String {
    format!("{}-{}", entry.noun.table, place % 3)
}

fn keyed() -> Vec<&'static Entry> {
    CATALOGUE.iter().filter(|entry| !matches!(entry.noun.identity, Identity::Dimensions(_))).collect()
}

/// Texts of the form that belongs to the word which this thing has in the field that decides.
fn operands(forms: Forms, number: usize, place: usize) -> Value {
    match forms.of[number % forms.of.len()].1 {
        Form::Moment => json!(["2026-05-01T00:00:00Z"]),
        Form::Territory => json!(["DE", "DACH"]),
        Form::Word(choice) => json!([choice.values[0].0]),
        Form::Count => json!(["7"]),
        Form::Key(noun) => {
            let entry = by_name(noun).expect("a noun");
            json!([key(entry, place), key(entry, place + 1)])
        }
    }
}

fn thing(entry: &'static Entry, number: usize, place: usize) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("type".to_owned(), json!(entry.noun.name));
    let name = match entry.noun.identity {
        Identity::Name(column) => Some(column),
        _ => None,
    };
    if !matches!(entry.noun.identity, Identity::Dimensions(_)) {
        line.insert("key".to_owned(), json!(key(entry, place)));
    }
    for field in &entry.noun.fields {
        let bare = place == 2 && !field.required;
        if bare || name == Some(field.column) || ["createdAt", "updatedAt"].contains(&field.name.as_str()) {
            continue;
        }
        let value = match field.kind {
            _ if field.bound == Bound::Currency => json!("EUR"),
            Kind::Text => json!(format!("{} \"{number}\" \\ ü 漢", field.name)),
            Kind::Int => json!(number),
            Kind::BigInt if let Bound::Within(_, most) = field.bound => json!(most - number as i64),
            Kind::BigInt => json!(9_007_199_254_740_993_i64 + number as i64),
            Kind::Float if matches!(field.bound, Bound::Within(..)) => json!(1.0 / (number + 1) as f64),
            Kind::Float => json!(number as f64 / 7.0),
            Kind::Bool => json!(number.is_multiple_of(2)),
            Kind::Time => json!(written(1_750_000_000_000_001 + number as i64 * 3_600_000_000)),
            Kind::Date => json!(format!("2026-05-{:02}", number % 28 + 1)),
            Kind::Money => serde_json::from_str(&format!("-{number}.000001")).expect("a number"),
            Kind::Texts if let Some(forms) = field.forms => operands(forms, number, place),
            Kind::Texts => json!(["one", "two, \"three\""]),
            Kind::Choice(choice) => json!(choice.values[number % choice.values.len()].0),
            Kind::Choices(choice) => json!([choice.values[0].0]),
        };
        line.insert(field.name.clone(), value);
    }
    let keyed = keyed();
    for edge in &entry.edges {
        let far = |step: usize| {
            let noun = match edge.target {
                Target::Noun(code) => weft::catalogue::by_code(code).expect("a noun"),
                Target::Any => keyed[(number + step) % keyed.len()],
            };
            let mut far = Map::from_iter([("key".to_owned(), json!(key(noun, place + step)))]);
            if edge.target == Target::Any {
                far.insert("type".to_owned(), json!(noun.noun.name));
            }
            if edge.valid && step == 2 {
                far.insert("validFrom".to_owned(), json!("2026-01-01T00:00:00Z"));
            }
            if far.len() == 1 { far.remove("key").expect("its key") } else { Value::Object(far) }
        };
        let value = match &edge.way {
            Way::Own(_) | Way::OwnAny(..) if place < 2 => far(1),
            Way::Pairs(pairs) if pairs.unique && edge.forward && place < 2 => json!([far(1), far(2)]),
            Way::PairsOfAny(pairs) if pairs.table != "external_id" && edge.forward && place < 2 => {
                json!([far(1), far(2)])
            }
            _ => continue,
        };
        line.insert(edge.field.to_owned(), value);
    }
    line
}
