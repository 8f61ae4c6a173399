//! Reads a connector's file and holds it to its ports. Whatever is wrong is told with file, line, key and what was
//! expected, before anything is asked of the vendor.

use serde_saphyr::{Location, Spanned};

use super::connector::{Auth, Connector, Entity, Http, Mapping, Request};
use super::ids;
use super::lines::Lines;
use super::port::{PORTS, Port, Purpose};
use super::template::Template;
use crate::catalogue::{self, Kind, Member};
use crate::config;

/// What is wrong with a connector's file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ConnectorError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong and what was expected.
    pub message: String,
}

/// Reads a connector from the text of a file.
pub fn read(file: &str, text: &str) -> Result<Connector, ConnectorError> {
    let wrong = |location: Location, message: String| ConnectorError {
        file: file.to_owned(),
        line: location.line().max(1),
        column: location.column().max(1),
        message,
    };
    // YAML 1.2: `NO` is a country and no truth.
    let yaml = serde_saphyr::options! { strict_booleans: true };
    let connector: Connector = serde_saphyr::from_str_with_options(text, yaml).map_err(|error| {
        let error = error.without_snippet();
        wrong(error.location().unwrap_or(Location::UNKNOWN), config::told(error))
    })?;
    let checker = Checker { connector: &connector, lines: &Lines::of(text) };
    checker.check().map_err(|(location, message)| wrong(location, message))?;
    Ok(connector)
}

/// The JSON Schema of the format.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Connector).to_value()
}

/// What is wrong and where, or nothing.
pub(super) type Checked = Result<(), (Location, String)>;

/// Holds a connector to its ports.
pub(super) struct Checker<'a> {
    connector: &'a Connector,
    pub(super) lines: &'a Lines,
}

impl Checker<'_> {
    fn check(&self) -> Checked {
        let name = &self.connector.connector;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.value.is_empty() || !name.value.chars().all(plain) {
            return Err((
                name.referenced,
                format!("connector: `{}`: expected lower-case letters, digits and `-`", name.value),
            ));
        }
        if let Some(base) = &self.connector.base_url {
            if base.names().any(|name| name.starts_with("secret.")) {
                let what = "a secret does not stand in an address; expected it under `auth`";
                return Err(self.told("base_url", what));
            }
            self.names(base, &[], "base_url")?;
        }
        self.auth(self.connector.auth.as_ref(), "auth")?;
        self.http(&self.connector.http, "http")?;
        for (name, entity) in &self.connector.entities {
            self.entity(&format!("entities.{name}"), entity)?;
        }
        ids::told_apart(self.connector)?;
        if let Some(webhook) = &self.connector.webhook {
            self.names(&webhook.verify.secret, &[], "webhook.verify.secret")?;
            for named in &webhook.names {
                let entity = self.known(&named.entity, "webhook.names.entity")?;
                if entity.get_many.is_none() && entity.list.is_none() && entity.changes.is_none() {
                    return Err((
                        named.entity.referenced,
                        format!(
                            "webhook.names.entity: `{}`: expected an entity that can be read again, by `get_many`, `list` \
                             or `changes`",
                            named.entity.value
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn known(&self, name: &Spanned<String>, key: &str) -> Result<&Entity, (Location, String)> {
        let entities = &self.connector.entities;
        entities.get(&name.value).map(|entity| &entity.value).ok_or_else(|| {
            let names: Vec<&str> = entities.keys().map(String::as_str).collect();
            (
                name.referenced,
                format!("{key}: `{}`: expected one of the entities: {}", name.value, names.join(", ")),
            )
        })
    }

    fn entity(&self, path: &str, entity: &Spanned<Entity>) -> Checked {
        let entity = &entity.value;
        let port = Port::named(&entity.port.value).ok_or_else(|| {
            let names: Vec<&str> = PORTS.iter().map(|port| port.name).collect();
            (
                entity.port.referenced,
                format!("port: `{}`: expected one of {}, or graph.TYPE", entity.port.value, names.join(", ")),
            )
        })?;
        self.mapping(&entity.map, port, Purpose::List)?;
        if let Some(within) = &entity.within {
            let outer = self.known(&within.entity, "within.entity")?;
            if outer.within.is_some() {
                return Err((
                    within.entity.referenced,
                    "within.entity: expected an entity that is not `within` another".to_owned(),
                ));
            }
            return match entity.operations().next() {
                Some((purpose, _)) => Err(self.told(
                    &format!("{path}.{}", purpose.name()),
                    "what stands `within` another has no requests of its own",
                )),
                None => Ok(()),
            };
        }
        if entity.operations().next().is_none() {
            let names = Purpose::ALL.map(Purpose::name).join(", ");
            return Err(self.told(path, &format!("expected at least one of {names}")));
        }
        if entity.size.is_some() && port.entry().is_none_or(|entry| entry.noun.field("size").is_none()) {
            let what = format!("{} has no size; `size` is for audiences", port.name);
            return Err(self.told(&format!("{path}.size"), &what));
        }
        for (purpose, operation) in entity.operations() {
            let path = format!("{path}.{}", purpose.name());
            if operation.ids_only && entity.get_many.is_none() {
                let what = "needs a `get_many` that reads what changed";
                return Err(self.told(&format!("{path}.ids_only"), what));
            }
            if let Some(map) = &operation.map {
                self.mapping(map, port, purpose)?;
            }
            self.operation(&path, purpose, operation)?;
        }
        Ok(())
    }

    fn mapping(&self, map: &Spanned<Mapping>, port: Port, purpose: Purpose) -> Checked {
        let allowed = port.allowed(purpose);
        for (field, expression) in &map.value {
            if !allowed.contains(&field.as_str()) {
                return Err((
                    expression.referenced,
                    format!(
                        "map: {} has no field `{field}`; expected one of: {}",
                        port.name,
                        allowed.join(", ")
                    ),
                ));
            }
            if let Some(unknown) = expression
                .value
                .settings()
                .into_iter()
                .find(|setting| !self.connector.settings.contains_key(*setting))
            {
                return Err((
                    expression.referenced,
                    format!(
                        "map: {field}: `setting.{unknown}` is not among the `settings` of this connector"
                    ),
                ));
            }
            let entry = port
                .entry()
                .filter(|_| matches!(purpose, Purpose::List | Purpose::Changes | Purpose::GetMany));
            if let (Some(entry), Some(words)) = (entry, expression.value.words())
                && let Some(Member::Column(place)) = entry.member(field)
                && let catalogue::Holds::Value(Kind::Choice(choice) | Kind::Choices(choice)) =
                    entry.columns[place].holds
            {
                let known: Vec<&str> = choice.values.iter().map(|value| value.0).collect();
                if let Some(word) = words.iter().find(|word| !known.contains(word)) {
                    return Err((
                        expression.referenced,
                        format!(
                            "map: {field}: `{word}` is no {}; expected one of: {}",
                            choice.name,
                            known.join(", ")
                        ),
                    ));
                }
            }
        }
        match port.required(purpose).into_iter().find(|field| !map.value.contains_key(*field)) {
            Some(field) => Err((map.referenced, format!("map: {} needs `{field}`", port.name))),
            None => Ok(()),
        }
    }

    pub(super) fn request(&self, path: &str, request: &Request, words: &[&str]) -> Checked {
        if !request.path.text().starts_with('/') {
            let what = format!("`{}`: expected a path that begins with `/`", request.path.text());
            return Err(self.told(&format!("{path}.path"), &what));
        }
        let mut templates = Vec::new();
        request.templates(&mut templates);
        templates.into_iter().try_for_each(|template| self.names(template, words, path))
    }

    pub(super) fn auth(&self, auth: Option<&Auth>, path: &str) -> Checked {
        let mut templates = Vec::new();
        auth.iter().for_each(|auth| auth.templates(&mut templates));
        templates.into_iter().try_for_each(|template| self.names(template, &[], path))
    }

    pub(super) fn http(&self, http: &Http, path: &str) -> Checked {
        let path = format!("{path}.headers");
        http.headers.values().try_for_each(|value| self.names(value, &[], &path))
    }

    /// Whether a template asks only for secrets, declared settings, and these words.
    pub(super) fn names(&self, template: &Template, words: &[&str], path: &str) -> Checked {
        for name in template.names() {
            let known = match name.split_once('.') {
                Some(("secret", secret)) => !secret.is_empty(),
                Some(("setting", setting)) => self.connector.settings.contains_key(setting),
                Some(_) => false,
                None => words.contains(&name),
            };
            if !known {
                let words: String = words.iter().map(|word| format!("${{{word}}}, ")).collect();
                let (_, told) = self.told(path, &format!(
                    "`${{{name}}}` is not known here; expected {words}${{secret.NAME}}, or ${{setting.NAME}} with the name under `settings`"
                ));
                return Err((self.lines.asking(path, name), told));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::shipped::{SHIPPED, all};

    const GOOD: &str = r#"
connector: example
kind: dam
settings: { project: main }
auth: { bearer: "${secret.token}" }
http: { timeout: 3s, headers: { X-Project: "${setting.project}" } }
rate_limit: { budget: [750/min], retry_after: [header.retry-after, "body.errors[0].reset"] }
entities:
  asset:
    port: dam.asset
    list:
      request: { path: /files, query: { sort: id } }
      items: data
      page: { style: page, param: page, size_param: limit, size: 100, total: meta.count }
      since: { query: { from: "${since}" }, watermark: modified }
    get_many:
      request: { method: SEARCH, path: /files, body: { query: { filter: { id: { _in: "${ids}" } }, limit: -1 } } }
      max_ids: 200
      items: data
    map: { id: id, title: title ?? file, status: "state | enum(live=APPROVED, *=DRAFT)" }
  rendition:
    port: dam.rendition
    within: { entity: asset, each: "formats[*]" }
    map: { id: id, asset: ^.id, url: url }
"#;

    #[test]
    fn reads_every_shipped_connector() {
        let known = all(SHIPPED.iter().copied()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(known.len(), SHIPPED.len());
        for file in std::fs::read_dir("demo/connectors").unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            read(&path.display().to_string(), &text).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn reads_a_connector() {
        let connector = read("example.yaml", GOOD).unwrap();
        assert_eq!(connector.entities.len(), 2);
    }

    #[test]
    fn takes_no_word_for_a_truth() {
        let text = GOOD.replacen("limit: -1", "countries: [NO, on]", 1);
        let connector = read("example.yaml", &text).unwrap();
        assert!(format!("{connector:?}").contains("text: \"NO\""));
    }

    #[test]
    fn names_file_line_and_what_was_expected() {
        for (from, to, expected) in [
            ("title: title ?? file, ", "", "example.yaml:20:"),
            ("kind: dam", "kind: dame", "example.yaml:3:"),
            ("status: ", "stattus: ", "example.yaml:20:"),
            ("*=DRAFT", "*=DRAUGHT", "expected one of: DRAFT, IN_REVIEW"),
            ("${secret.token}", "${token}", "${secret.NAME}"),
            ("timeout: 3s", "timeout: soon", "example.yaml:6:"),
            ("[750/min]", "[many]", "750/min"),
            ("max_ids: 200", "max_id: 200", "expected one of:"),
            ("${ids}", "${idd}", "`${idd}` is not known here"),
            ("param: page, ", "", "expected `param`, or `${page}` in the request"),
            ("sort: id", "sort: [id, \"${x\"]", "example.yaml:12:52:"),
            ("entity: asset,", "entity: assets,", "expected one of the entities: asset, rendition"),
            ("port: dam.asset", "port: dam.assets", "expected one of dam.asset"),
            ("items: data\n      page", "items: \"data[\"\n      page", "example.yaml:13:"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let told = read("example.yaml", &GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(told.contains(expected), "{to}: {told}");
        }
    }
}
