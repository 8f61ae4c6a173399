//! The sums of facts per day, held against the facts themselves.

use sea_orm::{ConnectionTrait, Statement};
use weft::catalogue::{SUMMED, by_name};

use super::Gateway;

impl Gateway {
    /// Asserts that every table of sums says at this moment what the facts add up to. One statement sees one moment,
    /// whoever writes meanwhile.
    pub(crate) async fn assert_sums(&self) {
        for summed in SUMMED {
            let facts = by_name(summed.noun).expect("a noun").noun.table;
            for rollup in summed.tables {
                let key: Vec<&str> = rollup.dimensions.iter().chain(summed.apart).copied().collect();
                let present: Vec<String> =
                    key.iter().map(|column| self.dialect().present_dimension(column, column)).collect();
                let names: Vec<&str> = summed.sums.iter().map(|(sum, _)| *sum).collect();
                let totals: Vec<String> =
                    summed.sums.iter().map(|(_, value)| format!("sum({value})")).collect();
                let kept = format!(
                    "SELECT {}, {} FROM {} WHERE facts <> 0",
                    key.join(", "),
                    names.join(", "),
                    rollup.table
                );
                let counted = format!(
                    "SELECT {present}, {} FROM {facts} GROUP BY {present}",
                    totals.join(", "),
                    present = present.join(", ")
                );
                let wrong = format!(
                    "SELECT count(*) FROM (SELECT 1 AS one FROM ({kept} EXCEPT {counted}) a \
                     UNION ALL SELECT 1 FROM ({counted} EXCEPT {kept}) b) c"
                );
                assert_eq!(self.number(&wrong).await, 0, "{}", rollup.table);
            }
        }
        let reported = "SELECT delivery_id, source_id, count(*) FROM performance_fact \
                        WHERE delivery_id IS NOT NULL GROUP BY delivery_id, source_id";
        let kept = "SELECT delivery_id, source_id, facts FROM delivery_reporter";
        let wrong = format!(
            "SELECT count(*) FROM (SELECT 1 AS one FROM ({kept} EXCEPT {reported}) a \
             UNION ALL SELECT 1 FROM ({reported} EXCEPT {kept}) b) c"
        );
        assert_eq!(self.number(&wrong).await, 0, "delivery_reporter");
        let several =
            format!("SELECT delivery_id FROM ({reported}) r GROUP BY delivery_id HAVING count(*) > 1");
        let kept = "SELECT delivery_id FROM contested_delivery";
        let wrong = format!(
            "SELECT count(*) FROM (SELECT 1 AS one FROM ({kept} EXCEPT {several}) a \
             UNION ALL SELECT 1 FROM ({several} EXCEPT {kept}) b) c"
        );
        assert_eq!(self.number(&wrong).await, 0, "contested_delivery");
    }

    /// The number that a statement answers.
    pub(crate) async fn number(&self, statement: &str) -> i64 {
        let statement = format!("SELECT CAST(({statement}) AS bigint)");
        let statement = Statement::from_string(self.dialect().backend(), statement);
        let row = self.store.db.query_one_raw(statement).await.expect("the store answers");
        row.expect("a row").try_get_by_index(0).expect("a number")
    }
}
