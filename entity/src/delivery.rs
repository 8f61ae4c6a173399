//! The table `delivery`: what activates a decision downstream: an ad line item, an email send, a page publish, a push.

use sea_orm::entity::prelude::*;

/// A row of `delivery`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the delivery is called in its system.
    pub name: Option<String>,
    /// One of `DeliveryKind`.
    pub kind: Option<String>,
    /// One of `DeliveryStatus`.
    pub status: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub start_time: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub end_time: Option<i64>,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// A JSON array of text.
    pub territories: String,
    /// How often one person may see it in a day.
    pub frequency_cap: Option<i32>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// The `decision` it points to.
    pub decision_id: Option<Uuid>,
    /// The `experience` it points to.
    pub experience_id: Option<Uuid>,
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
