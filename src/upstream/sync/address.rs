//! Who the records of a batch are: known by their own key, or joined with what another source gave, by exact key, by a
//! list that somebody keeps, or by equal checksum. What could be two things is joined with none.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};
use uuid::Uuid;

use super::claims::{Knowing, knowing};
use super::refs::{self, Name};
use super::take::{Item, Taker};
use crate::catalogue::{Code, Entry};
use crate::config::Join;
use crate::store::{Sql, encode_id};

/// Who one record is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Address {
    /// The entity, where it is known or was chosen.
    pub(super) entity: Option<Uuid>,
    /// Whether the source knows it already.
    pub(super) own: bool,
    /// Whether the source has another name for it, whose word counts.
    pub(super) second: bool,
    /// What stands in the line to say who it is.
    pub(super) says: Vec<(&'static str, Value)>,
}

/// The records of a batch by their places, and the sources that know each entity.
pub(super) struct Addresses {
    pub(super) of: Vec<Address>,
    pub(super) knowing: Knowing,
    pub(super) ambiguous: u64,
    pub(super) apart: Vec<Apart>,
}

/// What the list of joins calls one, and is known as two.
pub(super) struct Apart {
    key: String,
    id: Uuid,
    other: Name,
    other_id: Uuid,
}

/// How what stands in the list of joins is known.
const CURATED: &str = "CURATED";

/// What a record is said to be the same as, and how that is known.
struct Same {
    name: Name,
    method: &'static str,
}

impl Taker<'_> {
    /// Finds out who the records are.
    pub(super) async fn addresses(&self, noun: &'static Entry, items: &[Item]) -> Result<Addresses, DbErr> {
        let code = noun.noun.code;
        let own = |item: &Item| Name { code, source: self.source.name.to_string(), key: item.key.clone() };
        let same: Vec<Option<Same>> = items.iter().map(|item| self.same(noun, item)).collect();
        let wanted = items.iter().map(own).chain(same.iter().flatten().map(|same| same.name.clone()));
        let known = refs::look_up(&self.store.db, wanted).await?;
        let fresh = |place: usize| !known.contains_key(&own(&items[place]));
        let checksums: Vec<Option<&str>> = items
            .iter()
            .enumerate()
            .map(|(place, item)| {
                let by_checksum =
                    self.source.config.joins.contains(&Join::Checksum) && noun.noun.name == "Asset";
                let checksum = item.fields.get("checksum").and_then(Value::as_str);
                checksum
                    .filter(|sum| by_checksum && refs::is_key(sum) && same[place].is_none() && fresh(place))
            })
            .collect();
        let equal = self.equal(noun, &checksums).await?;
        let equals = checksums.iter().flatten().filter_map(|sum| equal.get(*sum)).flatten();
        let entities: Vec<Uuid> =
            known.values().chain(equals).copied().collect::<HashSet<_>>().into_iter().collect();
        let knowing = knowing(&self.store.db, &entities).await?;
        let first = self.first_names(code, &entities).await?;
        let mut found =
            Addresses { of: Vec::with_capacity(items.len()), knowing, ambiguous: 0, apart: Vec::new() };
        let mut claimed: HashMap<String, usize> = HashMap::new();
        let mut awaited = HashSet::new();
        for (place, same) in same.iter().enumerate().filter(|(place, _)| fresh(*place)) {
            let target = match (same, checksums[place]) {
                (Some(same), _) => format!("{}/{}", same.name.source, same.name.key),
                (None, Some(sum)) => format!("#{sum}"),
                (None, None) => continue,
            };
            // The same record twice is one.
            let twice = items[..place].iter().any(|before| before.key == items[place].key);
            *claimed.entry(target).or_default() += usize::from(!twice);
        }
        for (place, item) in items.iter().enumerate() {
            let key = ("key", Value::from(item.key.as_str()));
            let plain = Address { entity: None, own: false, second: false, says: vec![key.clone()] };
            let address = match (known.get(&own(item)), &same[place], checksums[place]) {
                (Some(id), same, _) => {
                    let other = same.as_ref().and_then(|same| Some((same, *known.get(&same.name)?)));
                    match other.filter(|(_, other)| other != id) {
                        // Whether somebody split them by hand cannot be seen, and that must stand.
                        Some((same, other_id)) if same.method == CURATED => found.apart.push(Apart {
                            key: item.key.clone(),
                            id: *id,
                            other: same.name.clone(),
                            other_id,
                        }),
                        Some(_) => found.ambiguous += 1,
                        None => {}
                    }
                    let second = first.get(id).is_some_and(|first| *first != item.key);
                    Address { entity: Some(*id), own: true, second, says: vec![key] }
                }
                (None, Some(same), _) => {
                    let curated = same.method == CURATED;
                    let target = format!("{}/{}", same.name.source, same.name.key);
                    let alone = claimed.get(&target) == Some(&1);
                    match known.get(&same.name) {
                        Some(id) if curated || (alone && !found.knows(*id, &self.source.name)) => {
                            self.joined(code, *id, item, same.method)
                        }
                        // The other source will give it later, and then finds it here.
                        None if alone || curated && awaited.insert(target) => self.awaited(code, item, same),
                        _ => {
                            found.ambiguous += u64::from(!curated);
                            plain
                        }
                    }
                }
                (None, None, Some(sum)) => match equal.get(sum).map(Vec::as_slice) {
                    None | Some([]) => plain,
                    Some([id])
                        if claimed.get(&format!("#{sum}")) == Some(&1)
                            && !found.knows(*id, &self.source.name) =>
                    {
                        self.joined(code, *id, item, "CHECKSUM")
                    }
                    Some(_) => {
                        found.ambiguous += 1;
                        plain
                    }
                },
                (None, None, None) => plain,
            };
            found.of.push(address);
        }
        Ok(found)
    }

    /// The name that counts of what the source has several names for, since somebody said that they are one: two words
    /// that took turns would change it with every sync.
    async fn first_names(&self, code: Code, entities: &[Uuid]) -> Result<HashMap<Uuid, String>, DbErr> {
        let mut first = HashMap::new();
        if entities.is_empty() {
            return Ok(first);
        }
        let dialect = self.store.dialect;
        let mut sql = Sql::new(dialect);
        let rows = dialect.id_rows(&sql.hold(dialect.ids(entities)));
        sql.push("SELECT e.entity_id, e.value FROM external_id e JOIN source s ON s.id = e.source_id WHERE s.name = ");
        sql.bind(&*self.source.name).push(" AND e.entity_type = ").bind(code);
        sql.push(&format!(" AND e.valid_to IS NULL AND e.entity_id IN (SELECT id FROM {rows} r) "));
        // What was merged into it is marked so.
        sql.push("ORDER BY CASE WHEN e.match_method = 'CURATED' THEN 1 ELSE 0 END, e.value");
        for row in self.store.db.query_all_raw(sql.finish()).await? {
            first.entry(row.try_get_by_index(0)?).or_insert(row.try_get_by_index(1)?);
        }
        Ok(first)
    }

    /// What a record is the same as elsewhere, by a list or by its key there.
    fn same(&self, noun: &Entry, item: &Item) -> Option<Same> {
        let code = noun.noun.code;
        if let Some((source, key)) = self.curated.of(code, &item.key) {
            return Some(Same { name: Name { code, source, key }, method: CURATED });
        }
        let key = item.reference.clone()?;
        let source = self.source.config.joins.iter().find_map(|join| match join {
            Join::Key { noun: of, source } if *of == noun.noun.name => Some(source.clone()),
            _ => None,
        })?;
        Some(Same { name: Name { code, source, key }, method: "EXACT_KEY" })
    }

    /// The things of the store that have these checksums.
    async fn equal(
        &self,
        noun: &Entry,
        checksums: &[Option<&str>],
    ) -> Result<BTreeMap<String, Vec<Uuid>>, DbErr> {
        let texts: HashSet<&str> = checksums.iter().flatten().copied().collect();
        let mut equal: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        if texts.is_empty() {
            return Ok(equal);
        }
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        let mut sql = Sql::new(self.store.dialect);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(&texts)));
        let table = noun.noun.table;
        sql.push(&format!("SELECT checksum, id FROM {table} WHERE checksum IN (SELECT text FROM {rows} r)"));
        for row in self.store.db.query_all_raw(sql.finish()).await? {
            equal.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
        }
        Ok(equal)
    }

    /// A record that is what another source gave.
    fn joined(&self, code: Code, id: Uuid, item: &Item, method: &str) -> Address {
        let mut identity = json!({ "source": &*self.source.name, "value": item.key, "matchMethod": method });
        if method != "EXACT_KEY" {
            identity["confidence"] = 1.0.into();
        }
        Address {
            entity: Some(id),
            own: false,
            second: false,
            says: vec![("id", encode_id(code, id).into()), ("externalIds", json!([identity]))],
        }
    }

    /// A new record that another source will give too.
    fn awaited(&self, code: Code, item: &Item, same: &Same) -> Address {
        let id = self.clock.id();
        let mut identity =
            json!({ "source": same.name.source, "value": same.name.key, "matchMethod": same.method });
        if same.method != "EXACT_KEY" {
            identity["confidence"] = 1.0.into();
        }
        Address {
            entity: Some(id),
            own: true,
            second: false,
            says: vec![
                ("id", encode_id(code, id).into()),
                ("key", item.key.as_str().into()),
                ("externalIds", json!([identity])),
            ],
        }
    }
}

impl Apart {
    /// What is to be done about it, which nobody but a person may decide.
    pub(super) fn told(&self, noun: &Entry) -> String {
        let Apart { key, other: Name { source, key: theirs, .. }, .. } = self;
        let name = noun.noun.name;
        let id = |id: &Uuid| encode_id(noun.noun.code, *id);
        format!(
            "{name} {key}: the list of joins says that it is {theirs} of `{source}`, but they were known as two before; \
             take the line out, or make them one: mutation {{ merge(into: \"{}\", from: [\"{}\"]) {{ node {{ id }} }} }}",
            id(&self.other_id),
            id(&self.id)
        )
    }
}

impl Addresses {
    fn knows(&self, id: Uuid, source: &str) -> bool {
        self.knowing.get(&id).is_some_and(|sources| sources.contains_key(source))
    }

    /// Whether any other source knows an entity, or will.
    pub(super) fn shared(&self, address: &Address, source: &str) -> bool {
        let Some(id) = address.entity else { return false };
        match self.knowing.get(&id) {
            Some(sources) => sources.keys().any(|name| name != source),
            None => address.says.len() > 1,
        }
    }
}
