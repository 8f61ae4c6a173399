//! What a KPI is narrowed down to and broken down by, as clients write it.

use async_graphql::Value;
use async_graphql::registry::Registry;

use crate::catalogue::{self, choices};
use crate::error::{ClientError, Code};
use crate::graph::filter::{id_of, items};
use crate::graph::meta::{enumeration, input, input_object};
use crate::graph::types::{LARGEST_PAGE, enum_name};
use crate::kpi::dimension::Dimension;
use crate::kpi::filter::{Filter, Values};

/// Adds the types in which they are written.
pub(in crate::graph) fn register(registry: &mut Registry) {
    let one = |dimension: Dimension, doc: &str| {
        let ty = match dimension {
            Dimension::Channel => "Channel",
            Dimension::Territory => "String",
            _ => "ID",
        };
        input(dimension.name(), ty, doc)
    };
    input_object(
        registry,
        "KpiFilterInput",
        "What a KPI counts, narrowed down: all that is given must hold. What has no value in a dimension is left out. \
         A dimension that the KPI has no way to is refused.",
        vec![
            one(Dimension::Brand, "Of this brand: an asset's own, of everything else that of its campaign."),
            one(Dimension::Campaign, "In this campaign."),
            one(Dimension::Channel, "In this channel."),
            one(Dimension::Audience, "For this audience."),
            one(Dimension::Team, "Of this team."),
            one(
                Dimension::Territory,
                "In this territory, as an ISO 3166 code such as `DE` or `DE-BY`, exactly as it was observed.",
            ),
        ],
    );
    let doc = |dimension: Dimension| {
        let label = dimension.name();
        format!("One row for each {label}.")
    };
    let values: Vec<(String, String)> =
        Dimension::ALL.into_iter().map(|dimension| (enum_name(dimension.name()), doc(dimension))).collect();
    enumeration(registry, "KpiDimension", "What a KPI can be broken down by.", &values);
}

/// What a client's filter means.
pub(in crate::graph) fn read(given: &Value) -> Result<Filter, ClientError> {
    let Value::Object(map) = given else { return Ok(Filter::default()) };
    let mut filter = Filter::default();
    for (name, value) in map {
        let dimension = Dimension::ALL
            .into_iter()
            .find(|dimension| dimension.name() == name.as_str())
            .ok_or_else(|| ClientError::input(format!("A KPI has no filter {:?}.", name.as_str())))?;
        filter = filter.with(dimension, values(dimension, value)?);
    }
    Ok(filter)
}

/// The dimension that a value of `KpiDimension` names.
pub(in crate::graph) fn dimension(given: &Value) -> Result<Dimension, ClientError> {
    let word = word(given);
    Dimension::ALL
        .into_iter()
        .find(|dimension| enum_name(dimension.name()) == word)
        .ok_or_else(|| ClientError::input(format!("{given} is no value of KpiDimension.")))
}

fn values(dimension: Dimension, given: &Value) -> Result<Values, ClientError> {
    let name = dimension.name();
    // A null, as a variable that was forgotten becomes, must not widen the answer.
    if items(given).any(|value| matches!(value, Value::Null)) {
        return Err(ClientError::input(format!("{name} is null; leave it out, or name what is wanted.")));
    }
    match items(given).count() {
        0 => {
            return Err(ClientError::input(format!(
                "{name} is empty; leave it out, or name what is wanted."
            )));
        }
        many if many > LARGEST_PAGE => {
            let why = format!("{name} may name at most {LARGEST_PAGE} values, not {many}.");
            return Err(ClientError::new(Code::LimitExceeded, why));
        }
        _ => {}
    }
    if let Some(entry) = dimension.noun().and_then(catalogue::by_name) {
        let ids = items(given).map(|value| id_of(&word(value), entry)).collect::<Result<_, _>>()?;
        return Ok(Values::Ids(ids));
    }
    let words: Vec<String> = items(given).map(word).collect();
    let wrong = |word: &&String| match dimension {
        Dimension::Channel => !choices::CHANNEL.has(word),
        _ => !is_territory(word),
    };
    match words.iter().find(wrong) {
        Some(word) if dimension == Dimension::Channel => {
            Err(ClientError::input(format!("{word:?} is no value of Channel.")))
        }
        Some(word) => Err(ClientError::input(format!(
            "territory takes ISO 3166 codes such as DE or DE-BY, not {word:?}."
        ))),
        None => Ok(Values::Texts(words)),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Enum(name) => name.to_string(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Whether this is the code of a country, or of a part of one.
fn is_territory(text: &str) -> bool {
    let (country, part) = text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
    let capitals = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let mixed = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    country.len() == 2
        && capitals(country)
        && part.is_none_or(|part| (1..=3).contains(&part.len()) && mixed(part))
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::{is_territory, read};
    use crate::error::Code;
    use crate::kpi::dimension::Dimension;
    use crate::store::encode_id;

    #[test]
    fn a_filter_is_read_by_its_types() {
        let campaign = encode_id(21, uuid::Uuid::from_u128(1));
        let given = async_graphql::Value::from_json(
            serde_json::json!({ "campaign": campaign, "territory": ["DE", "US-CA"] }),
        )
        .expect("a value");
        let filter = read(&given).expect("a filter");
        let dimensions: Vec<Dimension> = filter.dimensions().collect();
        assert_eq!(dimensions, [Dimension::Campaign, Dimension::Territory]);
        assert!(filter.chooses(Dimension::Campaign) && !filter.chooses(Dimension::Brand));
        for (given, code) in [
            (value!({ "brand": null }), Code::BadUserInput),
            (value!({ "brand": [] }), Code::BadUserInput),
            (value!({ "brand": "no id" }), Code::InvalidId),
            (value!({ "channel": "FAX" }), Code::BadUserInput),
            (value!({ "territory": "Germany" }), Code::BadUserInput),
            (value!({ "territory": vec!["DE"; 101] }), Code::LimitExceeded),
        ] {
            assert_eq!(read(&given).expect_err("refused").code, code, "{given}");
        }
        let error = read(
            &async_graphql::Value::from_json(serde_json::json!({ "brand": campaign })).expect("a value"),
        );
        assert_eq!(error.expect_err("refused").code, Code::InvalidId);
    }

    #[test]
    fn a_territory_is_a_country_or_a_part_of_one() {
        assert!(["DE", "DE-BY", "US-CA", "GB-ENG"].into_iter().all(is_territory));
        assert!(!["", "D", "de", "EU27", "DE-", "DE-BAVARIA"].into_iter().any(is_territory));
    }
}
