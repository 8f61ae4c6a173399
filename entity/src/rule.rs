//! The table `rule`: one line of a decision: for this audience, under this condition, show this variant.

use sea_orm::entity::prelude::*;

/// A row of `rule`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rule")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What must hold besides the audience, in the words of the decision engine.
    pub condition: Option<String>,
    /// The share of traffic it gets among rules that apply, from 0 to 1.
    pub weight: Option<f64>,
    /// Which rule goes first: the smaller number.
    pub priority: Option<i32>,
    /// Microseconds since 1970 in UTC.
    pub valid_from: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub valid_to: Option<i64>,
    /// The `decision` it points to.
    pub decision_id: Option<Uuid>,
    /// The `audience` it points to.
    pub audience_id: Option<Uuid>,
    /// The `variant` it points to.
    pub variant_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
