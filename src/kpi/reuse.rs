//! How often assets are used: the uses that were live in the window, by asset, each with the pair of campaign and channel
//! it stands in. A filter chooses assets; what it chose is judged by all of its uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::dimension::{Counted, Dimension};
use super::question::{Question, Split, Tallies, key};
use super::tally::{Key, Side};
use super::window::Window;
use crate::catalogue::Holds;
use crate::clock::Micros;
use crate::error::Error;
use crate::store::{BOOL, Cell, Reader, TEXT, TIME};

/// A use of an asset.
#[derive(Debug)]
pub(super) struct Use {
    /// The usage.
    pub(super) id: Uuid,
    /// Where it stands.
    pub(super) pair: (Option<Key>, Option<Key>),
    /// When it was live, within the window.
    live: Vec<Window>,
    /// Whether it is one that the filter asks for.
    pub(super) chosen: bool,
    /// Its value in the dimension that the answer is split by.
    by: Option<Key>,
}

/// When statuses of a thing changed, and whether it is live in each of them.
type Changes = HashMap<Uuid, Vec<(Micros, bool)>>;

/// Reads the uses of assets into the tallies of a question.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    (split, threshold): (&Split, u32),
    tallies: &mut Tallies,
) -> Result<(), Error> {
    let assets = uses(question, reader, (split, None)).await?;
    let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
    for uses in assets.values() {
        let mut count = |place, part: Window, by: &dyn Fn(&Use) -> bool| {
            let live: Vec<&Use> = uses.iter().filter(|used| used.is_live_in(part)).collect();
            if !live.iter().any(|used| used.chosen && by(used)) {
                return;
            }
            let pairs: BTreeSet<&(Option<Key>, Option<Key>)> = live.iter().map(|used| &used.pair).collect();
            let tally = tallies.at(place);
            tally.add(Side::Denominator, "", 1);
            tally.add(Side::Numerator, "", i128::from(pairs.len() >= threshold));
        };
        match split {
            Split::Whole => count((0, None), question.window, &|_| true),
            Split::Series(buckets, _) => {
                for (place, bucket) in buckets.iter().enumerate() {
                    count((place, None), *bucket, &|_| true);
                }
            }
            Split::By(_) => {
                let keys: BTreeSet<&Option<Key>> =
                    uses.iter().filter(|used| used.chosen).map(|used| &used.by).collect();
                for key in keys {
                    count((0, key.clone()), question.window, &|used| used.by == *key);
                }
            }
        }
    }
    Ok(())
}

/// The uses that were live in the window, by asset: of all assets, or of those that are named.
pub(super) async fn uses(
    question: &Question<'_>,
    reader: &Reader,
    (split, of): (&Split, Option<&[Uuid]>),
) -> Result<BTreeMap<Uuid, Vec<Use>>, Error> {
    const COUNTED: Counted = Counted::Usage;
    let mut sql = reader.sql();
    let by = match split {
        Split::By(dimension) => (COUNTED.expression(&mut sql, *dimension, "m"), dimension.holds()),
        Split::Whole | Split::Series(..) => ("m.asset_id".to_owned(), Holds::Id),
    };
    let campaign = COUNTED.expression(&mut sql, Dimension::Campaign, "m");
    let channel = COUNTED.expression(&mut sql, Dimension::Channel, "m");
    sql.push(&format!(
        "SELECT m.asset_id, {campaign}, {channel}, {}, m.id, m.start_time, m.end_time, m.status, m.delivery_id, \
         d.start_time, d.end_time, d.status, m.experience_id, e.live_from, e.live_to, CASE WHEN TRUE",
        by.0
    ));
    question.filter.write(&mut sql, COUNTED, "m");
    let rows = match of {
        None => question.uses(&mut sql),
        Some(assets) => {
            let these = sql.one_of_ids(assets);
            question.uses_of(&mut sql, &these)
        }
    };
    let (deliveries, experiences) =
        (question.named(&mut sql, "Delivery"), question.named(&mut sql, "Experience"));
    sql.push(&format!(
        " THEN TRUE ELSE FALSE END FROM {rows} m LEFT JOIN {deliveries} d ON d.id = m.delivery_id \
         LEFT JOIN {experiences} e ON e.id = m.experience_id WHERE m.start_time < "
    ));
    sql.bind(question.window.to).push(" AND (m.end_time IS NULL OR m.end_time > ");
    sql.bind(question.window.from).push(")");
    let holds = [
        Holds::Id,
        Dimension::Campaign.holds(),
        Dimension::Channel.holds(),
        by.1,
        Holds::Id,
        TIME,
        TIME,
        TEXT,
        Holds::Id,
        TIME,
        TIME,
        TEXT,
        Holds::Id,
        TIME,
        TIME,
        BOOL,
    ];
    let table = reader.many(sql.finish(), &holds).await?;
    // The usage and what it is used in, where few are read; of many all changes are read rather than named.
    let few = of.map(|_| {
        let things = table.rows().flat_map(|row| [row.get(4), row.get(8)]);
        let ids = things.filter_map(|cell| match cell {
            Some(Cell::Id(id)) => Some(*id),
            _ => None,
        });
        ids.collect::<Vec<Uuid>>()
    });
    let changes = changes(reader, few).await?;
    let mut assets: BTreeMap<Uuid, Vec<Use>> = BTreeMap::new();
    for row in table.rows() {
        let [Cell::Id(asset), campaign, channel, by, usage @ Cell::Id(id), own @ .., chosen] = row else {
            continue;
        };
        let live = live(question.window, usage, own, &changes);
        if live.is_empty() {
            continue;
        }
        assets.entry(*asset).or_default().push(Use {
            id: *id,
            pair: (key(campaign), key(channel)),
            live,
            chosen: *chosen == Cell::Bool(true),
            by: if matches!(split, Split::By(_)) { key(by) } else { None },
        });
    }
    Ok(assets)
}

impl Use {
    fn is_live_in(&self, part: Window) -> bool {
        self.live.iter().any(|live| live.from < part.to && part.from < live.to)
    }
}

/// When a use was live: while it was itself, and what it is used in was too.
fn live(window: Window, usage: &Cell, own: &[Cell], changes: &Changes) -> Vec<Window> {
    let [start, end, status, delivery, begins, ends, state, experience, from, to] = own else {
        return Vec::new();
    };
    if matches!((delivery, experience), (Cell::Null, Cell::Null)) {
        return Vec::new();
    }
    let mut live = of_thing(window, (usage, status), (start, end), changes);
    if matches!(delivery, Cell::Id(_)) {
        live = both(&live, &of_thing(window, (delivery, state), (begins, ends), changes));
    }
    if matches!(experience, Cell::Id(_)) {
        live = both(&live, &between(window, from, to).into_iter().collect::<Vec<_>>());
    }
    live
}

/// When a thing with a status was live, within a window. Before its first change it is as it is now.
fn of_thing(
    window: Window,
    (thing, status): (&Cell, &Cell),
    (start, end): (&Cell, &Cell),
    changes: &Changes,
) -> Vec<Window> {
    let Some(times) = between(window, start, end) else { return Vec::new() };
    let now = !matches!(status, Cell::Text(status) if is_off(status));
    let known = match thing {
        Cell::Id(id) => changes.get(id),
        _ => None,
    };
    let Some(known) = known else { return if now { vec![times] } else { Vec::new() } };
    let mut live = Vec::new();
    let mut since = (Micros::MIN, now);
    for (at, on) in known.iter().copied().chain([(Micros::MAX, false)]) {
        if since.1 {
            live.extend(both(&[times], &[Window { from: since.0, to: at }]));
        }
        since = (at, on);
    }
    live
}

/// The part of a window between two times; an open end is for ever, no beginning is never.
fn between(window: Window, from: &Cell, to: &Cell) -> Option<Window> {
    let Cell::Time(from) = from else { return None };
    let to = match to {
        Cell::Time(to) => *to,
        _ => Micros::MAX,
    };
    let part = Window { from: window.from.max(*from), to: window.to.min(to) };
    (part.from < part.to).then_some(part)
}

/// What two lists of times have in common.
fn both(one: &[Window], other: &[Window]) -> Vec<Window> {
    let common = one.iter().flat_map(|one| {
        other.iter().map(|other| Window { from: one.from.max(other.from), to: one.to.min(other.to) })
    });
    common.filter(|part| part.from < part.to).collect()
}

fn is_off(status: &str) -> bool {
    ["PAUSED", "CANCELLED"].contains(&status)
}

/// The changes of status of these things, or else of all that ever were paused or cancelled.
async fn changes(reader: &Reader, of: Option<Vec<Uuid>>) -> Result<Changes, Error> {
    let mut sql = reader.sql();
    let these = match of {
        Some(mut things) => {
            things.sort_unstable();
            things.dedup();
            sql.one_of_ids(&things)
        }
        None => {
            const OFF: &str =
                "IN (SELECT p.entity_id FROM status_change p WHERE p.status IN ('PAUSED', 'CANCELLED'))";
            OFF.to_owned()
        }
    };
    sql.push(&format!(
        "SELECT c.entity_id, c.since, c.status FROM status_change c WHERE c.entity_id {these} \
         ORDER BY c.entity_id, c.since"
    ));
    let mut changes: Changes = HashMap::new();
    for row in reader.many(sql.finish(), &[Holds::Id, TIME, TEXT]).await?.rows() {
        if let [Cell::Id(id), Cell::Time(since), Cell::Text(status)] = row {
            changes.entry(*id).or_default().push((*since, !is_off(status)));
        }
    }
    Ok(changes)
}
