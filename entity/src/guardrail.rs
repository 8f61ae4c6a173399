//! The table `guardrail`: a brand or regulatory rule, written so that it can be checked.

use sea_orm::entity::prelude::*;

/// A row of `guardrail`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "guardrail")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the rule is called.
    pub name: String,
    /// What it asks for, in words.
    pub description: Option<String>,
    /// The rule itself, as it is evaluated.
    pub expression: Option<String>,
    /// One of `Severity`.
    pub severity: Option<String>,
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
