//! Content that wears out: how often a variant was clicked by those who saw it, lately and before. A flag with its
//! evidence, not a verdict.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::contested::Reporters;
use super::dimension::Counted;
use super::filter::Filter;
use super::settings::Kpis;
use super::window::{Window, day_of, midnight};
use crate::catalogue::Holds;
use crate::clock::Micros;
use crate::config::Fatigue;
use crate::error::Error;
use crate::store::{Cell, NUMBER, Reader, Sql, TEXT};

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is worn out.
    Fatigued,
    /// It is not.
    Fine,
    /// It was seen too rarely to tell.
    NotEnoughData,
}

/// What was seen and clicked in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often it was shown.
    pub impressions: i64,
    /// How often it was clicked.
    pub clicks: i64,
}

/// A variant for an audience, and what was seen of it in both periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The variant.
    pub variant: Uuid,
    /// The audience; none where all are taken together.
    pub audience: Option<Uuid>,
    /// The days that are compared.
    pub recent: Seen,
    /// The days before them.
    pub baseline: Seen,
}

/// The two periods that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// The days that are compared.
    pub recent: Window,
    /// The days before them.
    pub baseline: Window,
}

/// Which variants are asked about.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// Each that was shown to an audience that is known, apart for each audience.
    All(&'a Filter),
    /// These, for one audience or for all together.
    These(&'a [Uuid], Option<Uuid>),
}

impl Seen {
    /// The share of impressions that were clicked.
    pub fn click_through(self) -> Option<f64> {
        (self.impressions > 0).then(|| self.clicks as f64 / self.impressions as f64)
    }
}

impl Evidence {
    /// By how much the recent share of clicks is below the one before, as a part of that one.
    pub fn drop(&self) -> Option<f64> {
        let (recent, baseline) = (self.recent.click_through()?, self.baseline.click_through()?);
        (baseline > 0.0).then(|| 1.0 - recent / baseline)
    }
}

impl Fatigue {
    /// What it says of what was seen.
    pub fn judge(self, evidence: &Evidence) -> Status {
        let Evidence { recent, baseline, .. } = evidence;
        let enough = |seen: &Seen| seen.impressions > 0 && seen.impressions >= self.impressions;
        if !enough(recent) || !enough(baseline) {
            return Status::NotEnoughData;
        }
        if baseline.clicks > 0 && self.fell(*recent, *baseline) { Status::Fatigued } else { Status::Fine }
    }

    /// Whether clicks over impressions are at least so much lower: multiplied out in whole numbers, so that exactly the
    /// share counts. Numbers beyond all that can be shown to anybody are compared as well as can be.
    fn fell(self, recent: Seen, baseline: Seen) -> bool {
        let kept = MILLION - self.drop_millionths;
        let product = |clicks: i64, impressions: i64, millionths: i64| {
            let whole = i128::from(clicks).checked_mul(i128::from(impressions));
            whole.and_then(|whole| whole.checked_mul(i128::from(millionths)))
        };
        let lately = product(recent.clicks, baseline.impressions, MILLION);
        let before = product(baseline.clicks, recent.impressions, kept);
        match (lately, before) {
            (Some(lately), Some(before)) => lately <= before,
            _ => {
                let (lately, before) = (recent.click_through(), baseline.click_through());
                lately.zip(before).is_some_and(|(lately, before)| lately * 1e6 <= before * kept as f64)
            }
        }
    }

    /// The periods at a moment: whole days before the one that it is in.
    pub fn periods(self, at: Micros) -> Periods {
        let today = day_of(at);
        let middle = before(today, self.recent);
        let (start, middle, end) =
            (midnight(before(middle, self.baseline)), midnight(middle), midnight(today));
        Periods { recent: Window { from: middle, to: end }, baseline: Window { from: start, to: middle } }
    }

    /// What was seen of variants in these periods, in the order of their ids.
    pub async fn evidence(
        self,
        reader: &Reader,
        (kpis, asked): (&Kpis, Asked<'_>),
        periods: Periods,
    ) -> Result<Vec<Evidence>, Error> {
        if matches!(asked, Asked::These([], _)) {
            return Ok(Vec::new());
        }
        let mut sql = reader.sql();
        write(&mut sql, asked, periods);
        let holds = [Holds::Id, Holds::Id, Holds::Id, TEXT, NUMBER, NUMBER, NUMBER, NUMBER];
        let table = reader.many(sql.finish(), &holds).await?;
        let contested = table.rows().filter_map(|row| id(row.get(2)?)).collect();
        let reporters = Reporters::read(reader, contested, None).await?;
        let mut found: BTreeMap<(Uuid, Option<Uuid>), (Seen, Seen)> = BTreeMap::new();
        for row in table.rows() {
            let [Cell::Id(variant), audience, delivery, source, numbers @ ..] = row else { continue };
            let (recent, baseline) = found.entry((*variant, id(audience))).or_default();
            let counts = |measure| match (id(delivery), source) {
                (Some(delivery), Cell::Text(source)) => {
                    reporters.counts(kpis, delivery, measure) == Some(source)
                }
                _ => true,
            };
            let numbers: Vec<i64> = numbers.iter().map(number).collect();
            let [seen_lately, clicked_lately, seen_before, clicked_before] = numbers[..] else { continue };
            if counts("impressions") {
                recent.impressions = recent.impressions.saturating_add(seen_lately);
                baseline.impressions = baseline.impressions.saturating_add(seen_before);
            }
            if counts("clicks") {
                recent.clicks = recent.clicks.saturating_add(clicked_lately);
                baseline.clicks = baseline.clicks.saturating_add(clicked_before);
            }
        }
        let evidence =
            |((variant, audience), (recent, baseline))| Evidence { variant, audience, recent, baseline };
        Ok(found.into_iter().map(evidence).collect())
    }
}

const MILLION: i64 = 1_000_000;

fn before(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}

fn id(cell: &Cell) -> Option<Uuid> {
    match cell {
        Cell::Id(id) => Some(*id),
        _ => None,
    }
}

fn number(cell: &Cell) -> i64 {
    match cell {
        Cell::Int(number) => *number,
        _ => 0,
    }
}

/// Writes the statement: sums by variant and audience, those of deliveries on which several sources report apart by
/// delivery and source.
fn write(sql: &mut Sql, asked: Asked<'_>, periods: Periods) {
    let audience = if matches!(asked, Asked::All(_)) { "t.audience_id" } else { sql.dialect().unknown(true) };
    let (start, middle, end) =
        (day_of(periods.baseline.from), day_of(periods.recent.from), day_of(periods.recent.to));
    let middle = sql.hold(middle);
    let sum = |measure: &str, sign: &str| {
        let those = format!("CASE WHEN t.day {sign} {middle} THEN t.{measure} END");
        format!("CAST(coalesce(sum({those}), 0) AS bigint)")
    };
    sql.push(&format!(
        "SELECT t.variant_id, {audience}, c.delivery_id, CASE WHEN c.delivery_id IS NOT NULL \
         THEN (SELECT s.name FROM source s WHERE s.id = t.source_id) END, {}, {}, {}, {} FROM performance_fact t \
         LEFT JOIN contested_delivery c ON c.delivery_id = t.delivery_id WHERE t.day >= ",
        sum("impressions", ">="),
        sum("clicks", ">="),
        sum("impressions", "<"),
        sum("clicks", "<"),
    ));
    sql.bind(start).push(" AND t.day < ").bind(end);
    match asked {
        Asked::All(filter) => {
            sql.push(" AND t.variant_id IS NOT NULL AND t.audience_id IS NOT NULL");
            filter.write(sql, Counted::Performance, "t");
        }
        Asked::These(variants, audience) => {
            let variants = sql.one_of_ids(variants);
            sql.push(&format!(" AND t.variant_id {variants}"));
            if let Some(audience) = audience {
                let audience = sql.one_of_ids(&[audience]);
                sql.push(&format!(" AND t.audience_id {audience}"));
            }
        }
    }
    sql.push(" GROUP BY 1, 2, 3, 4");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{read, written};

    const RULE: Fatigue = Fatigue { drop_millionths: 150_000, recent: 7, baseline: 14, impressions: 1_000 };

    fn judged(recent: (i64, i64), baseline: (i64, i64)) -> Status {
        let seen = |(impressions, clicks)| Seen { impressions, clicks };
        let (variant, audience) = (Uuid::from_u128(1), None);
        RULE.judge(&Evidence { variant, audience, recent: seen(recent), baseline: seen(baseline) })
    }

    #[test]
    fn exactly_the_share_counts_and_a_click_more_does_not() {
        assert_eq!(judged((10_000, 850), (10_000, 1_000)), Status::Fatigued);
        assert_eq!(judged((10_000, 851), (10_000, 1_000)), Status::Fine);
        assert_eq!(judged((3_000, 17), (3_000, 20)), Status::Fatigued);
        let large = 1_000_000_000_000_000;
        assert_eq!(judged((large, large / 100 * 85), (large, large)), Status::Fatigued);
        assert_eq!(judged((large, large / 100 * 85 + 1), (large, large)), Status::Fine);
        assert_eq!(judged((i64::MAX, i64::MAX / 2), (i64::MAX, i64::MAX)), Status::Fatigued);
        assert_eq!(judged((i64::MAX, i64::MAX), (i64::MAX, i64::MAX)), Status::Fine);
    }

    #[test]
    fn a_baseline_of_nothing_is_never_flagged_and_too_little_is_not_fine() {
        assert_eq!(judged((1_000, 0), (1_000, 0)), Status::Fine);
        assert_eq!(judged((1_000, 0), (1_000, 1)), Status::Fatigued);
        assert_eq!(judged((999, 0), (1_000, 1)), Status::NotEnoughData);
        assert_eq!(judged((1_000, 0), (999, 1)), Status::NotEnoughData);
        let none = Evidence {
            variant: Uuid::nil(),
            audience: None,
            recent: Seen::default(),
            baseline: Seen::default(),
        };
        assert_eq!(Fatigue { impressions: 0, ..RULE }.judge(&none), Status::NotEnoughData);
    }

    #[test]
    fn periods_are_whole_days_before_the_moment() {
        let days = |at: &str| {
            let Periods { recent, baseline } = RULE.periods(read(at).expect("a moment"));
            [baseline.from, baseline.to, recent.from, recent.to].map(written)
        };
        let wanted =
            ["2026-05-11T00:00:00Z", "2026-05-25T00:00:00Z", "2026-05-25T00:00:00Z", "2026-06-01T00:00:00Z"];
        assert_eq!(days("2026-06-01T12:00:00Z"), wanted);
        assert_eq!(days("2026-06-01T00:00:00Z"), wanted);
        assert_eq!(days("2026-06-01T23:59:59.999999Z"), wanted);
        assert_eq!(days("2026-06-02T01:00:00+02:00"), wanted);
    }
}
