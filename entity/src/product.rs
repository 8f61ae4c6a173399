//! The table `product`: something a brand sells (schema.org Product).

use sea_orm::entity::prelude::*;

/// A row of `product`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The product's name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The stock keeping unit.
    pub sku: Option<String>,
    /// The `brand` it points to.
    pub brand_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
