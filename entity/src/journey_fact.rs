//! The table `journey_fact`: one observation for a day: how many entered, left and converted at one step of a journey.

use sea_orm::entity::prelude::*;

/// A row of `journey_fact`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journey_fact")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A day in UTC.
    pub day: Date,
    /// One of `Channel`.
    pub channel: Option<String>,
    /// How many entered the step.
    pub entries: Option<i64>,
    /// How many left it.
    pub exits: Option<i64>,
    /// How many did what the journey asks for.
    pub conversions: Option<i64>,
    /// When it was observed, in microseconds; absent where nobody said.
    pub observed_at: Option<i64>,
    /// The `journey_step` it points to.
    pub step_id: Option<Uuid>,
    /// The `audience` it points to.
    pub audience_id: Option<Uuid>,
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
