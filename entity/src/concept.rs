//! The table `concept`: a term of a taxonomy (skos:Concept).

use sea_orm::entity::prelude::*;

/// A row of `concept`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The label to show (skos:prefLabel).
    pub pref_label: String,
    /// A JSON array of text.
    pub alt_labels: String,
    /// What the term means (skos:definition).
    pub definition: Option<String>,
    /// Its code in the scheme, such as `4.2.1` (skos:notation).
    pub notation: Option<String>,
    /// The `concept_scheme` it points to.
    pub scheme_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
