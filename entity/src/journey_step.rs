//! The table `journey_step`: one step of a journey.

use sea_orm::entity::prelude::*;

/// A row of `journey_step`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journey_step")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the step is called.
    pub name: String,
    /// Its place as people number it.
    pub position: Option<i32>,
    /// The `journey` it points to.
    pub journey_id: Option<Uuid>,
    /// The `journey_step` it points to.
    pub next_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
