//! The table `external_id`: who an entity is in a source.

use sea_orm::entity::prelude::*;

/// A row of `external_id`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "external_id")]
pub struct Model {
    /// The source that uses this value.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    /// The code of the noun.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity_type: i16,
    /// The key in that source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// The entity it names.
    pub entity_id: Uuid,
    /// One of `MatchMethod`.
    pub match_method: String,
    /// From 0 to 1; absent where the match is exact.
    pub confidence: Option<f64>,
    /// From when it holds, in microseconds.
    pub valid_from: Option<i64>,
    /// Until when it holds, in microseconds.
    pub valid_to: Option<i64>,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
