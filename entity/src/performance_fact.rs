//! The table `performance_fact`: one observation for a day: how one variant did for one audience in one channel, territory and delivery, by one source.

use sea_orm::entity::prelude::*;

/// A row of `performance_fact`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "performance_fact")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A day in UTC.
    pub day: Date,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// Where, as an ISO 3166 code.
    pub territory: Option<String>,
    /// How often it was shown.
    pub impressions: Option<i64>,
    /// How many people saw it.
    pub reach: Option<i64>,
    /// How often it was clicked.
    pub clicks: Option<i64>,
    /// How often what it asks for was done.
    pub conversions: Option<i64>,
    /// Millionths of the currency.
    pub cost: Option<i64>,
    /// Millionths of the currency.
    pub revenue: Option<i64>,
    /// The ISO 4217 currency of cost and revenue.
    pub currency: Option<String>,
    /// When it was observed, in microseconds; absent where nobody said.
    pub observed_at: Option<i64>,
    /// The `variant` it points to.
    pub variant_id: Option<Uuid>,
    /// The `audience` it points to.
    pub audience_id: Option<Uuid>,
    /// The `delivery` it points to.
    pub delivery_id: Option<Uuid>,
    /// The `source` it points to.
    pub source_id: Uuid,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
