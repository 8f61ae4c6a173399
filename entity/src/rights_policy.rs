//! The table `rights_policy`: a rule on what may be done with assets: an ODRL permission or prohibition, with its constraints.

use sea_orm::entity::prelude::*;

/// A row of `rights_policy`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rights_policy")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the policy is called, such as the licence's number.
    pub title: String,
    /// What it says in words.
    pub description: Option<String>,
    /// One of `RightsKind`.
    pub kind: Option<String>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
