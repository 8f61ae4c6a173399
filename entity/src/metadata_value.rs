//! The table `metadata_value`: what one source says in one governed field.

use sea_orm::entity::prelude::*;

/// A row of `metadata_value`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "metadata_value")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The value, written as text whatever its type.
    pub value: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub observed_at: Option<i64>,
    /// The `metadata_field` it points to.
    pub field_id: Option<Uuid>,
    /// The code of the noun that the id beside it names.
    pub subject_type: Option<i16>,
    /// Any entity.
    pub subject_id: Option<Uuid>,
    /// The `source` it points to.
    pub source_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
