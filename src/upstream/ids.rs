//! Whether a connector tells its ids apart. What a source calls things is kept by type, so that two entities that feed
//! one type would make one thing of two that happen to have one id.

use std::collections::BTreeMap;

use serde_saphyr::Location;

use super::connector::{Connector, Entity};
use super::port::Port;
use crate::catalogue::{Code, Entry, Identity};

/// Refuses a second entity of one type that does not say that its ids are those of the first.
pub(super) fn told_apart(connector: &Connector) -> Result<(), (Location, String)> {
    let mut first: BTreeMap<Code, &str> = BTreeMap::new();
    for (name, declared) in &connector.entities {
        let entity = &declared.value;
        let Some(fed) = fed(entity) else { continue };
        if let Some(of) = &entity.ids_of {
            let other = connector.entities.get(&of.value).map(|other| &other.value);
            let same = other.is_some_and(|other| {
                other.ids_of.is_none() && self::fed(other).map(|entry| entry.noun.code) == Some(fed.noun.code)
            });
            if !same || of.value == *name {
                return Err((
                    of.referenced,
                    format!(
                        "ids_of: `{}`: expected another entity that feeds {} and has no `ids_of` of its own",
                        of.value, fed.noun.name
                    ),
                ));
            }
            continue;
        }
        if let Some(first) = first.insert(fed.noun.code, name) {
            return Err((
                declared.referenced,
                format!(
                    "{name}: `{first}` feeds {} too, and what has the same id in both would become one thing; if that \
                     is so at this vendor, say `ids_of: {first}` here; if not, move `{name}` to a connector of its \
                     own, whose source has ids of its own",
                    fed.noun.name
                ),
            ));
        }
    }
    Ok(())
}

/// What an entity feeds, where that is known by keys of its source.
fn fed(entity: &Entity) -> Option<&'static Entry> {
    Port::named(&entity.port.value)?.entry().filter(|entry| entry.noun.identity == Identity::Key)
}

#[cfg(test)]
mod tests {
    use crate::upstream::read::read;

    const TWO: &str = r#"
connector: example
kind: dam
entities:
  image:
    port: dam.asset
    list: { request: { path: /images }, items: data }
    map: { id: id, title: title }
  video:
    port: dam.asset
    ids_of: image
    list: { request: { path: /videos }, items: data }
    map: { id: id, title: title }
  views:
    port: analytics.performance
    list: { request: { path: /views }, items: data }
    map: { day: day }
  clicks:
    port: analytics.performance
    list: { request: { path: /clicks }, items: data }
    map: { day: day }
"#;

    #[test]
    fn a_second_entity_of_a_type_says_whose_ids_it_has() {
        read("example.yaml", TWO).unwrap();
        for (from, to, expected) in [
            (
                "    ids_of: image\n",
                "",
                "example.yaml:10:5: video: `image` feeds Asset too, and what has the same id in both would become \
                 one thing; if that is so at this vendor, say `ids_of: image` here; if not, move `video` to a \
                 connector of its own, whose source has ids of its own",
            ),
            ("ids_of: image", "ids_of: video", "ids_of: `video`: expected another entity that feeds Asset"),
            ("ids_of: image", "ids_of: views", "ids_of: `views`: expected another entity that feeds Asset"),
            (
                "ids_of: image",
                "ids_of: nobody",
                "example.yaml:11:13: ids_of: `nobody`: expected another entity",
            ),
        ] {
            let told = read("example.yaml", &TWO.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
