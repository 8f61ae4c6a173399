//! The table `slot_component`: the edge from a slot to a component.

use sea_orm::entity::prelude::*;

/// A row of `slot_component`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slot_component")]
pub struct Model {
    /// From this slot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    /// To this component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
