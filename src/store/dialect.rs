//! What SQLite and Postgres write differently: places of values, lists of them, their own words, and which of the two
//! it is.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

/// The advisory lock of whoever writes much on Postgres. Any number will do, as long as all take the same.
const TURN: i64 = 8_735_249_012;

/// The database at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// A server.
    Postgres,
}

impl Dialect {
    /// The one behind a connection.
    pub fn of(db: &impl ConnectionTrait) -> Self {
        match db.get_database_backend() {
            DbBackend::Postgres => Dialect::Postgres,
            _ => Dialect::Sqlite,
        }
    }

    /// The same, as sea-orm says it.
    pub fn backend(self) -> DbBackend {
        match self {
            Dialect::Sqlite => DbBackend::Sqlite,
            Dialect::Postgres => DbBackend::Postgres,
        }
    }

    /// The statement that answers the file in which the store is, where it is one.
    pub(super) fn file(self) -> Option<&'static str> {
        match self {
            Dialect::Postgres => None,
            Dialect::Sqlite => Some("SELECT file FROM pragma_database_list WHERE name = 'main'"),
        }
    }

    /// Whether an error with this code only says that another writes; on Postgres one waits and is told nothing.
    pub fn is_busy(self, code: &str) -> bool {
        // The second is said while a store that was left in the middle is put in order.
        const BUSY: [&str; 2] = ["5", "261"];
        self == Dialect::Sqlite && BUSY.contains(&code)
    }

    /// The statement by which whoever writes much takes its turn; it holds until the transaction ends. On SQLite it is
    /// a write as the first statement, so that the transaction need not be upgraded.
    pub fn turn(self) -> String {
        match self {
            Dialect::Postgres => format!("SELECT pg_advisory_xact_lock({TURN})"),
            Dialect::Sqlite => "UPDATE source SET name = name WHERE 0".to_owned(),
        }
    }

    /// The same for who would say that it waits: takes the turn and answers 1 where it is free, and 0 at once where not.
    /// SQLite has no such statement; there [`Dialect::turn`] says so by an error.
    pub fn turn_if_free(self) -> Option<String> {
        (self == Dialect::Postgres)
            .then(|| format!("SELECT CASE WHEN pg_try_advisory_xact_lock({TURN}) THEN 1 ELSE 0 END AS n"))
    }

    /// From here on a connection reads what is there now, until [`Dialect::moving`].
    pub(super) fn still(self) -> Statement {
        Statement::from_string(
            self.backend(),
            match self {
                Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Dialect::Sqlite => "BEGIN",
            },
        )
    }

    /// From here on it reads what is there at the time.
    pub(super) fn moving(self) -> Statement {
        Statement::from_string(self.backend(), "COMMIT")
    }

    /// The id of nothing, where something must stand in an index.
    pub fn nil(self) -> &'static str {
        match self {
            Dialect::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
            Dialect::Sqlite => "x''",
        }
    }

    /// Whether it sorts rows to group them, so that many are added up faster where they are read.
    pub fn sorts_groups(self) -> bool {
        self == Dialect::Sqlite
    }

    /// Some day of the day, week or month that a day is in. Postgres is spared rows by that; SQLite reads its rows where
    /// they are wanted, and would pay more for the day than for the row.
    pub fn in_bucket(self, interval: &'static str, day: &str) -> String {
        match (self, interval) {
            (Dialect::Postgres, "week" | "month") => {
                format!("date_trunc('{interval}', {day}::timestamp)::date")
            }
            _ => day.to_owned(),
        }
    }

    /// An id as a text of 32 hexadecimal digits.
    pub fn written_id(self, value: &str) -> String {
        match self {
            Dialect::Postgres => format!("replace(CAST({value} AS text), '-', '')"),
            Dialect::Sqlite => format!("nullif(lower(hex({value})), '')"),
        }
    }

    /// The type of a column that facts are told apart by.
    pub fn dimension(self, column: &str) -> &'static str {
        match (self, column) {
            (Dialect::Postgres, "day") => "date",
            (Dialect::Postgres, column) if column.ends_with("_id") => "uuid",
            (Dialect::Postgres, _) => "text COLLATE \"C\"",
            (Dialect::Sqlite, column) if column.ends_with("_id") => "blob",
            (Dialect::Sqlite, _) => "text",
        }
    }

    /// What such a column holds, with something in the place of what is absent, as keys of the store have it.
    pub fn present_dimension(self, value: &str, column: &str) -> String {
        match column {
            "day" | "source_id" => value.to_owned(),
            column if column.ends_with("_id") => format!("coalesce({value}, {})", self.nil()),
            _ => format!("coalesce({value}, '')"),
        }
    }

    /// The function that answers at which character a text stands in another.
    pub fn position(self) -> &'static str {
        match self {
            Dialect::Postgres => "strpos",
            Dialect::Sqlite => "instr",
        }
    }

    /// The place of the `n`th bound value, counted from 1.
    pub fn place(self, n: usize) -> String {
        match self {
            Dialect::Sqlite => format!("?{n}"),
            Dialect::Postgres => format!("${n}"),
        }
    }

    /// Many ids as one bound value: an array on Postgres, JSON of hexadecimal text on SQLite.
    pub fn ids(self, ids: &[Uuid]) -> Value {
        match self {
            Dialect::Postgres => {
                Value::Array(ArrayType::Uuid, Some(Box::new(ids.iter().map(|id| Value::from(*id)).collect())))
            }
            Dialect::Sqlite => {
                let mut json = String::with_capacity(ids.len() * 35 + 2);
                json.push('[');
                for (place, id) in ids.iter().enumerate() {
                    if place > 0 {
                        json.push(',');
                    }
                    json.push('"');
                    json.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
                    json.push('"');
                }
                json.push(']');
                Value::from(json)
            }
        }
    }

    /// Many texts as one bound value.
    pub fn texts(self, texts: &[String]) -> Value {
        match self {
            Dialect::Postgres => Value::Array(
                ArrayType::String,
                Some(Box::new(texts.iter().map(|text| Value::from(text.as_str())).collect())),
            ),
            Dialect::Sqlite => Value::from(serde_json::Value::from(texts).to_string()),
        }
    }

    /// The rows of a bound value made by [`Dialect::ids`], as a table with the column `id`.
    pub fn id_rows(self, place: &str) -> String {
        match self {
            Dialect::Postgres => format!("(SELECT unnest({place}::uuid[]) AS id)"),
            Dialect::Sqlite => format!("(SELECT unhex(value) AS id FROM json_each({place}))"),
        }
    }

    /// The rows of a bound value made by [`Dialect::texts`], as a table with the column `text`.
    pub fn text_rows(self, place: &str) -> String {
        match self {
            Dialect::Postgres => format!("(SELECT unnest({place}::text[]) AS text)"),
            Dialect::Sqlite => format!("(SELECT value AS text FROM json_each({place}))"),
        }
    }

    /// What is unknown, as an id or as a text.
    pub fn unknown(self, id: bool) -> &'static str {
        match self {
            Dialect::Postgres if id => "NULL::uuid",
            Dialect::Postgres => "NULL::text",
            Dialect::Sqlite => "NULL",
        }
    }

    /// The texts of a column that holds a JSON array of them, as a table with the column `text`.
    pub fn array_rows(self, column: &str) -> String {
        match self {
            Dialect::Postgres => format!("(SELECT json_array_elements_text({column}::json) AS text)"),
            Dialect::Sqlite => format!("(SELECT value AS text FROM json_each({column}))"),
        }
    }
}
