//! The table `brand`: a brand (schema.org Brand).

use sea_orm::entity::prelude::*;

/// A row of `brand`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "brand")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The brand's name.
    pub name: String,
    /// What the brand stands for.
    pub description: Option<String>,
    /// Whether an asset of this brand may be shown only where a rights policy allows it.
    pub requires_rights_policy: Option<bool>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
