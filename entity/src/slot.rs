//! The table `slot`: one place in a template that content goes into.

use sea_orm::entity::prelude::*;

/// A row of `slot`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slot")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the slot is called within its template.
    pub name: String,
    /// One of `SlotKind`.
    pub kind: Option<String>,
    /// A JSON array of `ComponentKind`.
    pub accepts: String,
    /// Its place in the template, counted from 1.
    pub position: Option<i32>,
    /// The `template` it points to.
    pub template_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
