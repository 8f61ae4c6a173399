//! The table `experience`: what a customer meets: a page, an email, an ad, a screen.

use sea_orm::entity::prelude::*;

/// A row of `experience`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experience")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the experience is called.
    pub name: String,
    /// One of `ExperienceKind`.
    pub kind: Option<String>,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub live_from: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub live_to: Option<i64>,
    /// The `template` it points to.
    pub template_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// The `brief` it points to.
    pub brief_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
