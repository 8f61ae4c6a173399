//! What is measured: things and facts made from numbers alone, so that every run and both databases hold the same. The
//! same formulas stand here twice, as Rust for events and as SQL for what a database makes by itself.

use chrono::{Days, NaiveDate};
use uuid::Uuid;
use weft::catalogue;
use weft::store::Dialect;

/// How many there are of each.
pub(crate) const CAMPAIGNS: i64 = 200;
const DELIVERIES: i64 = 2_000;
const AUDIENCES: i64 = 200;
const VARIANTS: i64 = 2_000;
const JOURNEYS: i64 = 10;
const STEPS: i64 = 40;

pub(crate) const CHANNELS: [&str; 6] = ["WEB", "EMAIL", "PAID_SOCIAL", "DISPLAY", "APP", "PUSH"];
pub(crate) const TERRITORIES: [&str; 4] = ["DE", "AT", "CH", "FR"];

/// The day before everything, as days since 1970 and as a day: a Monday.
const MONDAY: i64 = 19_905;
/// The microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// How many facts over how many days by how many sources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) facts: i64,
    pub(crate) days: i64,
    pub(crate) sources: i64,
}

/// A fact; things by their numbers.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) day: i64,
    pub(crate) delivery: i64,
    pub(crate) variant: i64,
    pub(crate) audience: i64,
    pub(crate) channel: &'static str,
    pub(crate) territory: &'static str,
    pub(crate) impressions: i64,
    pub(crate) clicks: i64,
    pub(crate) conversions: i64,
    pub(crate) cost: i64,
    pub(crate) revenue: i64,
    /// The midnight of its day.
    pub(crate) midnight: i64,
    /// When it was observed.
    pub(crate) observed_at: i64,
}

/// The day of this number.
pub(crate) fn day(number: i64) -> NaiveDate {
    let days = u64::try_from(MONDAY + number).unwrap_or_default();
    NaiveDate::default().checked_add_days(Days::new(days)).unwrap_or_default()
}

/// The moment at which the day of this number begins.
pub(crate) fn midnight(number: i64) -> i64 {
    (MONDAY + number) * DAY
}

/// The id of the `n`th thing of a noun.
pub(crate) fn id(noun: &str, n: i64) -> Uuid {
    let code = u128::from(code(noun).unsigned_abs());
    Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0000 | code << 64 | u128::from(n.unsigned_abs()))
}

fn code(noun: &str) -> i16 {
    catalogue::by_name(noun).map_or(0, |entry| entry.noun.code)
}

/// Mixes a number, so that neighbours look unlike each other.
pub(crate) fn mixed(number: i64) -> u64 {
    let mut z = number.unsigned_abs().wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of what the `n`th event says.
pub(crate) fn hash(n: i64) -> Uuid {
    Uuid::from_u64_pair(mixed(n.wrapping_mul(3)), mixed(n.wrapping_mul(5)))
}

impl Shape {
    /// The `n`th fact. Four of the ten deliveries of each campaign are live on a day, and facts come day by day.
    pub(crate) fn fact(self, n: i64) -> Fact {
        let day = n * self.days / self.facts;
        let place = n - (day * self.facts + self.days - 1) / self.days;
        let (campaign, round) = (place % CAMPAIGNS, place / CAMPAIGNS);
        let delivery = campaign * 10 + day * 7 / self.days + round % 4;
        let again = round / 4;
        let impressions = 500 + n * 7_919 % 9_973;
        let word = |words: &'static [&'static str]| {
            let place = usize::try_from(delivery).unwrap_or_default() % words.len();
            words.get(place).copied().unwrap_or_default()
        };
        Fact {
            day,
            delivery,
            variant: (delivery + again) % VARIANTS,
            audience: (delivery * 3 + again % 3) % AUDIENCES,
            channel: word(&CHANNELS),
            territory: word(&TERRITORIES),
            impressions,
            clicks: impressions / 40,
            conversions: impressions / 400,
            cost: 10_000 + n * 104_729 % 5_000_000,
            revenue: n * 15_485_863 % 9_000_000,
            midnight: midnight(day),
            observed_at: midnight(day + 1) + n % 3_600 * 1_000_000,
        }
    }
}

/// SQL in the words of a database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Dialect);

impl Words {
    /// The id of the thing whose number this expression is.
    fn id(self, noun: &str, n: &str) -> String {
        let front = format!("019b0000000070{:02x}8000", code(noun));
        match self.0 {
            Dialect::Postgres => format!("CAST('{front}' || lpad(to_hex({n}), 12, '0') AS uuid)"),
            Dialect::Sqlite => format!("unhex('{front}' || printf('%012x', {n}))"),
        }
    }

    fn day(self, n: &str) -> String {
        let first = day(0);
        match self.0 {
            Dialect::Postgres => format!("DATE '{first}' + CAST({n} AS integer)"),
            Dialect::Sqlite => format!("date('{first}', ({n}) || ' days')"),
        }
    }

    /// The numbers from 0 on, as rows `g` with the column `n`.
    fn numbers(self, count: i64) -> String {
        match self.0 {
            Dialect::Postgres => {
                format!("(SELECT n FROM generate_series(0::bigint, {}::bigint) s(n)) g", count - 1)
            }
            Dialect::Sqlite => format!(
                "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s) g",
                count - 1
            ),
        }
    }

    fn word(words: &[&str], n: &str) -> String {
        let cases: Vec<String> =
            words.iter().enumerate().map(|(place, word)| format!("WHEN {place} THEN '{word}'")).collect();
        format!("CASE ({n}) % {} {} END", words.len(), cases.join(" "))
    }

    fn made(self, table: &str, (columns, values): (&str, &str), count: i64) -> String {
        let from = self.numbers(count);
        format!(
            "INSERT INTO {table} ({columns}, created_at, updated_at) SELECT {values}, 0, 0 FROM {from} ORDER BY n"
        )
    }

    /// The statements that make the things. A delivery is of its campaign by itself, by its decision or by its experience.
    pub(crate) fn things(self, sources: i64) -> Vec<String> {
        let id = |noun, n| self.id(noun, n);
        let mut all = vec![self.made(
            "source",
            ("id, name", &format!("{}, 'bench-' || n", id("Source", "n"))),
            sources,
        )];
        for (table, noun, count) in [("campaign", "Campaign", CAMPAIGNS), ("audience", "Audience", AUDIENCES)]
        {
            all.push(self.made(table, ("id, name", &format!("{}, '{noun} ' || n", id(noun, "n"))), count));
        }
        for (table, noun) in [("decision", "Decision"), ("experience", "Experience")] {
            let values = format!("{}, '{noun} ' || n, {}", id(noun, "n"), id("Campaign", "n"));
            all.push(self.made(table, ("id, name, campaign_id", &values), CAMPAIGNS));
        }
        let of = |noun, from: i64, to: i64| {
            format!("CASE WHEN n % 10 BETWEEN {from} AND {to} THEN {} END", self.id(noun, "n / 10"))
        };
        let deliveries = format!(
            "{}, 'Delivery ' || n, {}, {}, {}, {}",
            id("Delivery", "n"),
            Words::word(&CHANNELS, "n"),
            of("Campaign", 0, 5),
            of("Decision", 6, 8),
            of("Experience", 9, 9)
        );
        let columns = "id, name, channel, campaign_id, decision_id, experience_id";
        all.push(self.made("delivery", (columns, &deliveries), DELIVERIES));
        let variants = format!("{}, 'Variant ' || n, 'ACTIVE'", id("Variant", "n"));
        all.push(self.made("variant", ("id, name, status", &variants), VARIANTS));
        let journeys = format!("{}, 'Journey ' || n, {}", id("Journey", "n"), id("Campaign", "n"));
        all.push(self.made("journey", ("id, name, campaign_id", &journeys), JOURNEYS));
        let steps = format!(
            "{}, 'Step ' || n, n % 4, {}, CASE WHEN n % 4 < 3 THEN {} END",
            id("JourneyStep", "n"),
            id("Journey", "n / 4"),
            id("JourneyStep", "n + 1")
        );
        all.push(self.made("journey_step", ("id, name, position, journey_id, next_id", &steps), STEPS));
        for (noun, count) in [("Delivery", DELIVERIES), ("Variant", VARIANTS), ("Audience", AUDIENCES)] {
            all.push(format!(
                "INSERT INTO external_id (source_id, entity_type, value, entity_id, match_method) \
                 SELECT {}, {}, '{}-' || n, {}, 'EXACT_KEY' FROM {}",
                id("Source", "0"),
                code(noun),
                noun.to_ascii_lowercase(),
                id(noun, "n"),
                self.numbers(count)
            ));
        }
        all
    }

    /// The rows that place the numbers of facts: `n`, `day`, and within it the thing and how often it was there before.
    fn placed(self, shape: Shape, things: i64) -> String {
        let Shape { facts, days, .. } = shape;
        let numbers = self.numbers(facts);
        format!(
            "(SELECT n, day, place % {things} AS thing, place / {things} AS round FROM (SELECT n, day, \
             n - (day * {facts} + {} - 1) / {days} AS place FROM (SELECT n, n * {days} / {facts} AS day FROM {numbers}) a) b)",
            days
        )
    }

    /// The statement that makes the facts.
    pub(crate) fn facts(self, shape: Shape) -> String {
        let Shape { days, sources, .. } = shape;
        let deliveries = format!(
            "(SELECT n, day, round / 4 AS again, thing * 10 + day * 7 / {days} + round % 4 AS delivery, \
             500 + n * 7919 % 9973 AS impressions FROM {} c) d",
            self.placed(shape, CAMPAIGNS)
        );
        format!(
            "INSERT INTO performance_fact (id, day, channel, territory, impressions, clicks, conversions, cost, revenue, \
             currency, variant_id, audience_id, delivery_id, source_id, created_at, updated_at, observed_at) \
             SELECT {}, {}, {}, {}, impressions, impressions / 40, impressions / 400, 10000 + n * 104729 % 5000000, \
             n * 15485863 % 9000000, 'EUR', {}, {}, {}, {}, 0, 0, {} + day * {DAY} + n % 3600 * 1000000 FROM {deliveries}",
            self.id("PerformanceFact", "n"),
            self.day("day"),
            Words::word(&CHANNELS, "delivery"),
            Words::word(&TERRITORIES, "delivery"),
            self.id("Variant", &format!("(delivery + again) % {VARIANTS}")),
            self.id("Audience", &format!("(delivery * 3 + again % 3) % {AUDIENCES}")),
            self.id("Delivery", "delivery"),
            self.id("Source", &format!("delivery % {sources}")),
            midnight(1),
        )
    }

    /// The statement that makes what was observed of journeys: a twentieth as many.
    pub(crate) fn journeys(self, shape: Shape) -> String {
        let shape = Shape { facts: shape.facts / 20, ..shape };
        format!(
            "INSERT INTO journey_fact (id, day, channel, entries, exits, conversions, step_id, audience_id, source_id, \
             created_at, updated_at, observed_at) SELECT {}, {}, {}, 1000 + n * 7919 % 997, 300 + n % 211, n * 104729 % 89, \
             {}, {}, {}, 0, 0, {} + day * {DAY} FROM {} c",
            self.id("JourneyFact", "n"),
            self.day("day"),
            Words::word(&CHANNELS, "thing"),
            self.id("JourneyStep", "thing"),
            self.id("Audience", &format!("(thing * 5 + round) % {AUDIENCES}")),
            self.id("Source", "0"),
            midnight(1),
            self.placed(shape, STEPS),
        )
    }

    /// The statement that makes events as they are kept, a tenth as many as facts; all of them count.
    pub(crate) fn events(self, shape: Shape) -> String {
        format!(
            "INSERT INTO event (source, id, type, hash, time, received_at, state, happened_at) \
             SELECT 'bench-0', 'event-' || n, 'weft.fact.observed', {}, {}, 0, 'TAKEN', {} FROM {}",
            self.id("PerformanceFact", "n"),
            midnight(1),
            midnight(0),
            self.numbers(shape.facts / 10)
        )
    }
}
