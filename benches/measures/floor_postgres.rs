//! The floor of measures on Postgres: one prepared statement a question on a held connection.

use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, PgConnection, Row};
use uuid::Uuid;

use crate::Outcome;
use crate::floor::{Asked, Figures, What};
use crate::held::Connections;

/// The sums of a campaign's deliveries: its own, those of its decisions, those of its experiences. By currency, so that
/// what is mixed is seen, with what has no cost and with deliveries on which several report.
macro_rules! campaign {
    ($waits:literal) => {
        concat!(
            "SELECT f.currency, sum(f.revenue)::bigint, sum(f.cost)::bigint, sum(f.uncosted)::bigint, \
             EXISTS (SELECT 1 FROM contested_delivery), ",
            $waits,
            " FROM (SELECT d.id FROM delivery d WHERE d.campaign_id = $1 UNION ALL SELECT d.id FROM decision e \
             JOIN delivery d ON d.decision_id = e.id WHERE e.campaign_id = $1 AND d.campaign_id IS NULL \
             UNION ALL SELECT d.id FROM experience x JOIN delivery d ON d.experience_id = x.id WHERE x.campaign_id = $1 \
             AND d.campaign_id IS NULL AND NOT EXISTS (SELECT 1 FROM decision e WHERE e.id = d.decision_id \
             AND e.campaign_id IS NOT NULL)) d JOIN performance_day_delivery f ON f.delivery_id = d.id \
             WHERE f.day >= $2 AND f.day < $3 GROUP BY f.currency"
        )
    };
}

const CAMPAIGN: &str = campaign!("FALSE");
const COMPLETE: &str = campaign!(
    "EXISTS (SELECT 1 FROM event v WHERE v.state = 'WAITING' AND v.type = 'weft.fact.observed' \
     AND v.happened_at >= $4 AND v.happened_at < $5)"
);

const WEEKS: &str = "SELECT f.currency, sum(f.revenue)::bigint, sum(f.cost)::bigint, sum(f.uncosted)::bigint, \
    EXISTS (SELECT 1 FROM contested_delivery), \
    EXISTS (SELECT 1 FROM event v WHERE v.state = 'WAITING' AND v.type = 'weft.fact.observed' \
    AND v.happened_at >= $4 AND v.happened_at < $5), (f.day - $3) / 7 FROM performance_day f \
    WHERE f.day >= $1 AND f.day < $2 GROUP BY 7, 1";

const JOURNEYS: &str = "SELECT '', sum(f.conversions)::bigint, \
    coalesce(sum(f.entries) FILTER (WHERE f.step_id IN (SELECT s.id FROM journey_step s WHERE NOT EXISTS (\
    SELECT 1 FROM journey_step p WHERE p.next_id = s.id AND p.id <> s.id))), 0)::bigint, 0::bigint, FALSE, \
    EXISTS (SELECT 1 FROM event v WHERE v.state = 'WAITING' AND v.type = 'weft.journey.observed' \
    AND v.happened_at >= $4 AND v.happened_at < $5), (f.day - $3) / 7 FROM journey_day_step f \
    WHERE f.day >= $1 AND f.day < $2 GROUP BY 7";

/// The database, over held connections.
pub(crate) struct Pool(Connections);

impl Pool {
    /// Opens all connections.
    pub(crate) async fn open(url: &str) -> Outcome<Self> {
        Ok(Pool(Connections::open(url).await?))
    }

    /// Answers one question.
    pub(crate) async fn answer(&self, asked: &Asked) -> Outcome<Figures> {
        let (_turn, mut connection) = self.0.take().await?;
        let answer = match asked.what {
            What::Campaign(id, complete) => campaign(&mut connection, asked, (id, complete)).await,
            What::Weeks => weeks(&mut connection, asked, (WEEKS, true)).await,
            What::Journeys => weeks(&mut connection, asked, (JOURNEYS, false)).await,
        };
        self.0.give(connection);
        answer
    }
}

/// The sums above and below the line, where they are as simple as the floor expects: one currency, all with a cost, and
/// one who reports.
fn sums(row: &PgRow, money: bool) -> Outcome<[i64; 2]> {
    let (above, below): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    if row.try_get::<i64, _>(3)? > 0 || row.try_get(4)? {
        return Err("more is to be looked at".into());
    }
    Ok(if money { [above - below, below] } else { [above, below] })
}

async fn campaign(
    connection: &mut PgConnection,
    asked: &Asked,
    (id, complete): (Uuid, bool),
) -> Outcome<Figures> {
    let statement = sqlx::query(if complete { COMPLETE } else { CAMPAIGN });
    let mut statement = statement.bind(id).bind(asked.from).bind(asked.to);
    if complete {
        let [from, to] = asked.moments();
        statement = statement.bind(from).bind(to);
    }
    let rows = statement.fetch_all(connection).await?;
    let [row] = rows.as_slice() else { return Err("not one currency".into()) };
    Ok(Figures { parts: vec![sums(row, true)?], complete: !row.try_get::<bool, _>(5)? })
}

async fn weeks(
    connection: &mut PgConnection,
    asked: &Asked,
    (sql, money): (&'static str, bool),
) -> Outcome<Figures> {
    let [from, to] = asked.moments();
    let statement = sqlx::query(sql).bind(asked.from).bind(asked.to).bind(asked.monday());
    let rows = statement.bind(from).bind(to).fetch_all(connection).await?;
    let mut read = Figures { parts: vec![[0; 2]; asked.weeks()], complete: true };
    let mut currency = None;
    for row in &rows {
        let of: &str = row.try_get(0)?;
        if *currency.get_or_insert(of) != of {
            return Err("not one currency".into());
        }
        let week: i32 = row.try_get(6)?;
        let part = read.parts.get_mut(usize::try_from(week)?).ok_or("a week too many")?;
        *part = sums(row, money)?;
        read.complete &= !row.try_get::<bool, _>(5)?;
    }
    Ok(read)
}
