//! The table `pilot`: a scoped trial of the joint way of working, held against a baseline.

use sea_orm::entity::prelude::*;

/// A row of `pilot`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pilot")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the pilot is called.
    pub name: String,
    /// What is tried.
    pub description: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub baseline_from: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub baseline_to: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub pilot_from: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub pilot_to: Option<i64>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
