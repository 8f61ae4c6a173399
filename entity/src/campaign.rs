//! The table `campaign`: a planned effort with an aim, a time and a budget.

use sea_orm::entity::prelude::*;

/// A row of `campaign`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the campaign is called.
    pub name: String,
    /// What it is meant to reach.
    pub description: Option<String>,
    /// One of `CampaignKind`.
    pub kind: Option<String>,
    /// One of `CampaignStatus`.
    pub status: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub start_time: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub end_time: Option<i64>,
    /// Millionths of the currency.
    pub budgeted_cost: Option<i64>,
    /// Millionths of the currency.
    pub actual_cost: Option<i64>,
    /// The ISO 4217 currency of the costs.
    pub currency: Option<String>,
    /// The `brand` it points to.
    pub brand_id: Option<Uuid>,
    /// The `team` it points to.
    pub owner_team_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
