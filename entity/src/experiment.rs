//! The table `experiment`: a test of a hypothesis by a decision: which arm does better.

use sea_orm::entity::prelude::*;

/// A row of `experiment`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experiment")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the experiment is called.
    pub name: String,
    /// What is expected to happen, and why.
    pub hypothesis: Option<String>,
    /// A JSON array of text.
    pub phases: String,
    /// A JSON array of text.
    pub arms: String,
    /// What came out.
    pub result: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub concluded_at: Option<i64>,
    /// The `decision` it points to.
    pub decision_id: Option<Uuid>,
    /// The `kpi` it points to.
    pub kpi_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
