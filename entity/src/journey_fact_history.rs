//! The table `journey_fact_history`: what a journey fact said before a later observation of it replaced that.

use sea_orm::entity::prelude::*;

/// A row of `journey_fact_history`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journey_fact_history")]
pub struct Model {
    /// The `journey_fact` that said so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fact_id: Uuid,
    /// Which observation of the fact it was, counted from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub observation: i32,
    /// When Weft learnt of it, in microseconds.
    pub since: i64,
    /// When the next observation replaced it, in microseconds.
    pub until: i64,
    /// How many entered the step.
    pub entries: Option<i64>,
    /// How many left it.
    pub exits: Option<i64>,
    /// How many did what the journey asks for.
    pub conversions: Option<i64>,
    /// When it was observed, in microseconds; absent where nobody said.
    pub observed_at: Option<i64>,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
