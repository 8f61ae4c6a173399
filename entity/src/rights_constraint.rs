//! The table `rights_constraint`: one condition of a rights policy, as ODRL writes it: left operand, operator, right operand.

use sea_orm::entity::prelude::*;

/// A row of `rights_constraint`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_constraint")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// One of `LeftOperand`.
    pub left_operand: Option<String>,
    /// One of `RightsOperator`.
    pub operator: Option<String>,
    /// A JSON array of text.
    pub right_operand: String,
    /// The `rights_policy` it points to.
    pub policy_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
