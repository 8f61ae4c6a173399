//! The table `variant`: a component as it reads for one channel, language or treatment.

use sea_orm::entity::prelude::*;

/// A row of `variant`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "variant")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the variant is called, where it has a name.
    pub name: Option<String>,
    /// The copy itself.
    pub text: Option<String>,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// The language of the copy, as a BCP 47 tag.
    pub language: Option<String>,
    /// Which treatment of the message this is, such as `urgent` or `B`.
    pub treatment: Option<String>,
    /// One of `ContentStatus`.
    pub status: Option<String>,
    /// The `component` it points to.
    pub component_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
