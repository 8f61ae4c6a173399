//! The table `concept_scheme`: a taxonomy: a set of concepts kept by one owner (skos:ConceptScheme).

use sea_orm::entity::prelude::*;

/// A row of `concept_scheme`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept_scheme")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the taxonomy is called.
    pub title: String,
    /// What it is for and who should use it.
    pub description: Option<String>,
    /// The scheme's own URI, where it has one.
    pub uri: Option<String>,
    /// The `team` it points to.
    pub owner_team_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
