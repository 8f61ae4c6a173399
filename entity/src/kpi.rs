//! The table `kpi`: a measure of the joint operation, defined as data and versioned.

use sea_orm::entity::prelude::*;

/// A row of `kpi`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kpi")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The measure's own key, such as `asset_reuse_rate`.
    pub key: String,
    /// Which version of the definition this is.
    pub version: Option<i32>,
    /// What to call it on a dashboard.
    pub label: Option<String>,
    /// What the value counts, such as `hours` or `ratio`.
    pub unit: Option<String>,
    /// What it tells, and what it leaves out.
    pub description: Option<String>,
    /// What stands above the line, in words.
    pub numerator: Option<String>,
    /// What stands below the line, in words.
    pub denominator: Option<String>,
    /// The value that was agreed on.
    pub target: Option<f64>,
    /// The `team` it points to.
    pub owner_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
