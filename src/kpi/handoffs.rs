//! The handoff map: between which teams work is passed on, how long it waits and is worked on at each edge, and how much
//! of the work had handoffs at all.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::arithmetic::{hours, percentile};
use super::dimension::Counted;
use super::filter::Filter;
use super::tally::{LeftOut, Missing, Reason};
use super::window::Window;
use crate::catalogue::{self, Holds};
use crate::clock::Micros;
use crate::error::Error;
use crate::store::{BOOL, Cell, NUMBER, Reader, TEXT, TIME};

/// Handoffs from one team to another. Either may be unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The team that passed work on.
    pub from: Option<Uuid>,
    /// The team that it went to.
    pub to: Option<Uuid>,
    /// How many left the team in the window.
    pub count: i64,
    /// How many lay with the team at its end.
    pub open: i64,
    /// How long they waited, in hours.
    pub wait: Spread,
    /// How long they were worked on, in hours.
    pub touch: Spread,
    /// How many were sent back.
    pub returned: i64,
    /// How many were refused.
    pub rejected: i64,
    /// How many were done again.
    pub reworked: i64,
}

/// How times are spread, in hours; nothing where none is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spread {
    /// Half of them are shorter.
    pub median: Option<f64>,
    /// Nine of ten are shorter.
    pub p90: Option<f64>,
}

/// The edges of the map, and what is left out of their times.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    /// In the order of the teams.
    pub edges: Vec<Edge>,
    /// Handoffs whose times cannot be told.
    pub left_out: BTreeMap<Reason, LeftOut>,
}

/// How much of the work had handoffs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The pieces of work that were open at some time in the window.
    pub work_items: i64,
    /// Those of them that were ever passed on.
    pub with_handoffs: i64,
}

/// An edge while it is added up.
#[derive(Debug, Default)]
struct Sum {
    count: i64,
    open: i64,
    waits: Vec<Micros>,
    touches: Vec<Micros>,
    returned: i64,
    rejected: i64,
    reworked: i64,
}

/// When something was passed on.
#[derive(Debug, Clone, Copy)]
struct Times {
    entered: Option<Micros>,
    started: Option<Micros>,
    exited: Micros,
}

impl Times {
    /// How long it waited and how long it was worked on: all of it and nothing where nobody began.
    fn spans(self) -> Result<(Micros, Micros), Reason> {
        let entered = self.entered.ok_or(Reason::BeginningUnknown)?;
        let started = self.started.unwrap_or(self.exited);
        let (wait, touch) = (started.saturating_sub(entered), self.exited.saturating_sub(started));
        if wait < 0 || touch < 0 { Err(Reason::NegativeDuration) } else { Ok((wait, touch)) }
    }
}

impl Map {
    /// Reads the handoffs that left a team in the window, and those that lay with one at its end.
    pub async fn read(reader: &Reader, window: Window, filter: &Filter) -> Result<Self, Error> {
        let mut sums: BTreeMap<(Option<Uuid>, Option<Uuid>), Sum> = BTreeMap::new();
        let mut left_out: BTreeMap<Reason, LeftOut> = BTreeMap::new();
        let code = catalogue::by_name("Handoff").map_or(0, |entry| entry.noun.code);
        let mut sql = reader.sql();
        sql.push(
            "SELECT t.from_team_id, t.to_team_id, t.id, t.entered_at, t.started_at, t.exited_at, t.outcome, \
             EXISTS (SELECT 1 FROM handoff r WHERE r.rework_of_id = t.id) FROM handoff t WHERE t.exited_at >= ",
        );
        sql.bind(window.from).push(" AND t.exited_at < ").bind(window.to);
        filter.write(&mut sql, Counted::Handoff, "t");
        let holds = [Holds::Id, Holds::Id, Holds::Id, TIME, TIME, TIME, TEXT, BOOL];
        for row in reader.many(sql.finish(), &holds).await?.rows() {
            let [from, to, Cell::Id(handoff), entered, started, Cell::Time(exited), outcome, reworked] = row
            else {
                continue;
            };
            let sum = sums.entry((id(from), id(to))).or_default();
            sum.count += 1;
            sum.reworked += i64::from(matches!(reworked, Cell::Bool(true)));
            match outcome {
                Cell::Text(word) if word == "RETURNED" => sum.returned += 1,
                Cell::Text(word) if word == "REJECTED" => sum.rejected += 1,
                _ => {}
            }
            let times = Times { entered: time(entered), started: time(started), exited: *exited };
            match times.spans() {
                Ok((wait, touch)) => {
                    sum.waits.push(wait);
                    sum.touches.push(touch);
                }
                Err(reason) => left_out.entry(reason).or_default().take(1, Some((code, *handoff))),
            }
        }
        let mut sql = reader.sql();
        sql.push("SELECT t.from_team_id, t.to_team_id, count(*) FROM handoff t WHERE t.entered_at < ");
        sql.bind(window.to).push(" AND (t.exited_at IS NULL OR t.exited_at >= ").bind(window.to).push(")");
        filter.write(&mut sql, Counted::Handoff, "t");
        sql.push(" GROUP BY 1, 2");
        for row in reader.many(sql.finish(), &[Holds::Id, Holds::Id, NUMBER]).await?.rows() {
            if let [from, to, Cell::Int(open)] = row {
                sums.entry((id(from), id(to))).or_default().open = *open;
            }
        }
        let edges = sums.into_iter().map(|((from, to), sum)| sum.edge(from, to)).collect();
        Ok(Map { edges, left_out })
    }

    /// What is left out of the times, and why.
    pub fn missing(&self) -> impl Iterator<Item = Missing> {
        Missing::left_out(&self.left_out)
    }

    /// The edges at which work waits longest, by the median; those of which nothing is known are none of them.
    pub fn slowest(&self, first: usize) -> Vec<&Edge> {
        let mut known: Vec<(f64, &Edge)> =
            self.edges.iter().filter_map(|edge| Some((edge.wait.median?, edge))).collect();
        known.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        known.into_iter().take(first).map(|(_, edge)| edge).collect()
    }
}

impl Sum {
    fn edge(self, from: Option<Uuid>, to: Option<Uuid>) -> Edge {
        Edge {
            from,
            to,
            count: self.count,
            open: self.open,
            wait: spread(self.waits),
            touch: spread(self.touches),
            returned: self.returned,
            rejected: self.rejected,
            reworked: self.reworked,
        }
    }
}

fn spread(mut spans: Vec<Micros>) -> Spread {
    spans.sort_unstable();
    Spread { median: percentile(&spans, 0.5).map(hours), p90: percentile(&spans, 0.9).map(hours) }
}

impl Coverage {
    /// Reads how much of the work that was open at some time in the window was ever passed on. Work of which nobody
    /// said when it was opened or closed was open all the time before or after.
    pub async fn read(reader: &Reader, window: Window, filter: &Filter) -> Result<Self, Error> {
        let mut sql = reader.sql();
        sql.push(
            "SELECT count(*), CAST(coalesce(sum(CASE WHEN EXISTS (SELECT 1 FROM handoff h WHERE h.work_item_id = t.id) \
             THEN 1 ELSE 0 END), 0) AS bigint) FROM work_item t WHERE (t.opened_at IS NULL OR t.opened_at < ",
        );
        sql.bind(window.to).push(") AND (t.closed_at IS NULL OR t.closed_at >= ").bind(window.from).push(")");
        filter.write(&mut sql, Counted::WorkItem, "t");
        match reader.many(sql.finish(), &[NUMBER, NUMBER]).await?.rows().next() {
            Some([Cell::Int(work_items), Cell::Int(with_handoffs)]) => {
                Ok(Coverage { work_items: *work_items, with_handoffs: *with_handoffs })
            }
            _ => Err(Error::broken("a count answered no number")),
        }
    }

    /// The share; nothing where there was no work.
    pub fn share(self) -> Option<f64> {
        (self.work_items > 0).then(|| self.with_handoffs as f64 / self.work_items as f64)
    }
}

fn id(cell: &Cell) -> Option<Uuid> {
    match cell {
        Cell::Id(id) => Some(*id),
        _ => None,
    }
}

fn time(cell: &Cell) -> Option<Micros> {
    match cell {
        Cell::Time(time) => Some(*time),
        _ => None,
    }
}
