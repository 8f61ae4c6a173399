//! The table `placement`: a slot in a channel where content can be shown, such as the home page's hero.

use sea_orm::entity::prelude::*;

/// A row of `placement`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "placement")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the placement is called.
    pub name: String,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// The size or format it takes, such as `300x250`.
    pub format: Option<String>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
