//! The table `performance_fact_history`: what a performance fact said before a later observation of it replaced that.

use sea_orm::entity::prelude::*;

/// A row of `performance_fact_history`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "performance_fact_history")]
pub struct Model {
    /// The `performance_fact` that said so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fact_id: Uuid,
    /// Which observation of the fact it was, counted from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub observation: i32,
    /// When Weft learnt of it, in microseconds.
    pub since: i64,
    /// When the next observation replaced it, in microseconds.
    pub until: i64,
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
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
