//! The table `audience`: a segment of people that content is meant for.

use sea_orm::entity::prelude::*;

/// A row of `audience`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audience")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the segment is called.
    pub name: String,
    /// Who is in it.
    pub description: Option<String>,
    /// The rule that decides who is in it, in the words of the system that owns it.
    pub expression: Option<String>,
    /// One of `AudienceStatus`.
    pub status: Option<String>,
    /// How many were in it at `sizeAsOf`.
    pub size: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub size_as_of: Option<i64>,
    /// One of `ConsentBasis`.
    pub consent_basis: Option<String>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
