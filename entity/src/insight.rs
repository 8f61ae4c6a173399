//! The table `insight`: something that was learnt.

use sea_orm::entity::prelude::*;

/// A row of `insight`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "insight")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was learnt, in a line.
    pub title: String,
    /// What was learnt, in full.
    pub description: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub observed_at: Option<i64>,
    /// The `experiment` it points to.
    pub experiment_id: Option<Uuid>,
    /// The `kpi` it points to.
    pub kpi_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
