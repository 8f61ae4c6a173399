//! The table `journey`: a path through ordered steps that customers are led along.

use sea_orm::entity::prelude::*;

/// A row of `journey`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journey")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the journey is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// One of `JourneyStatus`.
    pub status: Option<String>,
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
