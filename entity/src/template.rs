//! The table `template`: the frame content is assembled in: a page layout, an email master, an ad format.

use sea_orm::entity::prelude::*;

/// A row of `template`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "template")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the template is called.
    pub name: String,
    /// What the template is for.
    pub description: Option<String>,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
