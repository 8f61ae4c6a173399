//! The table `usage`: the dated edge that says: this asset or variant is used here.

use sea_orm::entity::prelude::*;

/// A row of `usage`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "usage")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// One of `UsageStatus`.
    pub status: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub start_time: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub end_time: Option<i64>,
    /// Where it is used, as an ISO 3166 code such as `DE` or `US-CA`.
    pub territory: Option<String>,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// The `asset` it points to.
    pub asset_id: Option<Uuid>,
    /// The `variant` it points to.
    pub variant_id: Option<Uuid>,
    /// The `experience` it points to.
    pub experience_id: Option<Uuid>,
    /// The `delivery` it points to.
    pub delivery_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
