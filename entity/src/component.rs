//! The table `component`: a reusable content module: a headline, a body, an image, a call to action, an offer.

use sea_orm::entity::prelude::*;

/// A row of `component`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "component")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the module is called.
    pub name: String,
    /// One of `ComponentKind`.
    pub kind: Option<String>,
    /// What the module is for.
    pub description: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub start_time: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub end_time: Option<i64>,
    /// The `component` it points to.
    pub fallback_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
