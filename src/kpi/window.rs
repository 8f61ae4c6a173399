//! Windows of time: half-open, in UTC, with the days that belong to them, the buckets of a series, and the periods that
//! a window is held against.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

use crate::clock::{Micros, written};
use crate::error::{ClientError, Code};

/// The microseconds of a day.
pub const DAY: Micros = 86_400_000_000;
/// The microseconds of an hour.
pub const HOUR: Micros = 3_600_000_000;

/// The most buckets that one series has.
const MOST_BUCKETS: usize = 2_000;

/// The moments from `from`, inclusive, to `to`, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it begins, inclusive.
    pub from: Micros,
    /// When it ends, exclusive.
    pub to: Micros,
}

/// How long the buckets of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
}

/// What a window is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// What came right before it, as long as it is.
    Previous,
    /// The same a year before.
    PreviousYear,
}

impl Window {
    /// The window between two moments that a client gave.
    pub fn new(from: Micros, to: Micros) -> Result<Self, ClientError> {
        match Window::midnights(from).zip(Window::midnights(to)) {
            Some(_) if from < to => Ok(Window { from, to }),
            Some(_) if from == to => Err(ClientError::input(format!(
                "The window is empty: it begins and ends at {}; `to` is the first moment behind it.",
                written(from)
            ))),
            Some(_) => Err(ClientError::input(format!(
                "The window ends at {}, before it begins at {}; give the earlier moment as `from`.",
                written(to),
                written(from)
            ))),
            None => Err(ClientError::input("The window lies too far away; give years from 1 to 9999.")),
        }
    }

    fn midnights(moment: Micros) -> Option<NaiveDate> {
        let day = DateTime::<Utc>::from_timestamp_micros(moment)?.date_naive();
        (1..=9_999).contains(&day.year()).then_some(day)
    }

    /// The first day whose midnight is in it, and the first behind it whose midnight is not.
    pub fn days(self) -> (NaiveDate, NaiveDate) {
        (day_from(self.from), day_from(self.to))
    }

    /// The buckets of a series, the outer ones cut to the window.
    pub fn buckets(self, interval: Interval) -> Result<Vec<Window>, ClientError> {
        let mut buckets = Vec::new();
        let mut from = self.from;
        while from < self.to {
            if buckets.len() == MOST_BUCKETS {
                return Err(ClientError::new(
                    Code::LimitExceeded,
                    format!(
                        "A series may have at most {MOST_BUCKETS} parts; take a longer interval or a shorter window."
                    ),
                ));
            }
            let to = midnight(interval.next(day_of(from))).min(self.to);
            buckets.push(Window { from, to });
            from = to;
        }
        Ok(buckets)
    }

    /// The window that this one is held against.
    pub fn before(self, period: Period) -> Result<Window, ClientError> {
        let moved = match period {
            Period::Previous => {
                let length = self.to - self.from;
                Some(Window { from: self.from - length, to: self.from })
            }
            Period::PreviousYear => year_before(self.from)
                .zip(year_before(self.to))
                .map(|(from, to)| Window { from, to })
                .filter(|window| window.from < window.to),
        };
        let moved = moved.ok_or_else(|| ClientError::input("The window has no part a year before it."))?;
        Window::new(moved.from, moved.to)
    }
}

impl Interval {
    /// Its name, as databases know it.
    pub fn word(self) -> &'static str {
        match self {
            Interval::Day => "day",
            Interval::Week => "week",
            Interval::Month => "month",
        }
    }

    /// The first day behind the bucket that this day is in.
    fn next(self, day: NaiveDate) -> NaiveDate {
        let next = match self {
            Interval::Day => day.succ_opt(),
            Interval::Week => {
                let left = 7 - u64::from(day.weekday().num_days_from_monday());
                day.checked_add_days(Days::new(left))
            }
            Interval::Month => day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))),
        };
        next.unwrap_or(NaiveDate::MAX)
    }
}

/// The bucket that a moment is in; what lies outside is in the nearest.
pub fn bucket_of(buckets: &[Window], moment: Micros) -> usize {
    buckets.partition_point(|bucket| bucket.from <= moment).saturating_sub(1)
}

/// The day that a moment is in.
pub fn day_of(moment: Micros) -> NaiveDate {
    DateTime::<Utc>::from_timestamp_micros(moment).map_or(NaiveDate::MIN, |time| time.date_naive())
}

/// A day's midnight.
pub fn midnight(day: NaiveDate) -> Micros {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}

/// The first day whose midnight is not before this moment.
fn day_from(moment: Micros) -> NaiveDate {
    let day = day_of(moment);
    if midnight(day) == moment { day } else { day.succ_opt().unwrap_or(day) }
}

fn year_before(moment: Micros) -> Option<Micros> {
    let time = DateTime::<Utc>::from_timestamp_micros(moment)?;
    time.checked_sub_months(Months::new(12)).map(|time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Micros {
        crate::clock::read(text).expect("a moment")
    }

    fn window(from: &str, to: &str) -> Window {
        Window::new(at(from), at(to)).expect("a window")
    }

    #[test]
    fn buckets_are_cut_to_the_window_and_weeks_begin_on_monday() {
        let days = |interval| -> Vec<String> {
            let window = window("2026-05-06T12:00:00Z", "2026-06-02T00:00:00Z");
            let buckets = window.buckets(interval).expect("few");
            buckets.iter().map(|bucket| written(bucket.from)).collect()
        };
        let weeks = ["06T12", "11T00", "18T00", "25T00"].map(|rest| format!("2026-05-{rest}:00:00Z"));
        assert_eq!(days(Interval::Week), [&weeks[..], &["2026-06-01T00:00:00Z".to_owned()]].concat());
        assert_eq!(days(Interval::Month), ["2026-05-06T12:00:00Z", "2026-06-01T00:00:00Z"]);
        assert_eq!(days(Interval::Day).len(), 27);
        let long = window("1900-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert!(long.buckets(Interval::Day).expect_err("too many").message.contains("at most 2000"));
    }

    #[test]
    fn a_day_belongs_to_the_window_that_holds_its_midnight() {
        let (first, behind) = window("2026-05-06T00:00:01Z", "2026-05-08T00:00:00Z").days();
        assert_eq!(
            (first.to_string(), behind.to_string()),
            ("2026-05-07".to_owned(), "2026-05-08".to_owned())
        );
        let (first, behind) = window("2026-05-06T00:00:00Z", "2026-05-08T00:00:01Z").days();
        assert_eq!(
            (first.to_string(), behind.to_string()),
            ("2026-05-06".to_owned(), "2026-05-09".to_owned())
        );
    }

    #[test]
    fn what_is_no_window_is_told() {
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        assert!(Window::new(late, early).expect_err("wrong way").message.contains("before it begins"));
        assert!(Window::new(early, early).expect_err("nothing").message.contains("is empty"));
        assert!(Window::new(early, Micros::MAX).expect_err("too far").message.contains("too far away"));
    }

    #[test]
    fn periods_lie_before() {
        let before = |window: Window, period| window.before(period).expect("a window");
        let may = window("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z");
        assert_eq!(before(may, Period::Previous), window("2026-03-31T00:00:00Z", "2026-05-01T00:00:00Z"));
        assert_eq!(before(may, Period::PreviousYear), window("2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z"));
        let leap = window("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z");
        assert_eq!(
            before(leap, Period::PreviousYear),
            window("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z")
        );
    }

    proptest! {
        #[test]
        fn buckets_meet_without_overlap(from in 0_i64..2_000_000_000, length in 1_i64..20_000_000) {
            let window = Window { from: from * 1_000_000, to: (from + length) * 1_000_000 };
            for interval in [Interval::Day, Interval::Week, Interval::Month] {
                let buckets = window.buckets(interval).expect("few");
                prop_assert_eq!(buckets.first().map(|bucket| bucket.from), Some(window.from));
                prop_assert_eq!(buckets.last().map(|bucket| bucket.to), Some(window.to));
                for (place, bucket) in buckets.iter().enumerate() {
                    prop_assert!(bucket.from < bucket.to);
                    prop_assert_eq!(bucket_of(&buckets, bucket.from), place);
                    prop_assert_eq!(bucket_of(&buckets, bucket.to - 1), place);
                }
            }
        }
    }
}
