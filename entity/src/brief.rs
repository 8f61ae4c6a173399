//! The table `brief`: the request that starts work.

use sea_orm::entity::prelude::*;

/// A row of `brief`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "brief")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is asked for, in a line.
    pub title: String,
    /// What is asked for, in full.
    pub description: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub requested_at: Option<i64>,
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
