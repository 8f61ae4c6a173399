//! The table `metadata_field`: a governed metadata field: what may be said about things here, and who looks after it.

use sea_orm::entity::prelude::*;

/// A row of `metadata_field`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "metadata_field")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The field's name, such as `usageNotes`.
    pub name: String,
    /// What belongs in it.
    pub description: Option<String>,
    /// One of `MetadataValueType`.
    pub value_type: Option<String>,
    /// Whether every entity it applies to must have it.
    pub mandatory: Option<bool>,
    /// A JSON array of text.
    pub options: String,
    /// The `team` it points to.
    pub steward_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
