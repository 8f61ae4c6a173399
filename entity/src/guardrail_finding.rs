//! The table `guardrail_finding`: one place where a guardrail failed.

use sea_orm::entity::prelude::*;

/// A row of `guardrail_finding`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "guardrail_finding")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// One of `Severity`.
    pub severity: Option<String>,
    /// What is wrong, in words.
    pub message: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub found_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub resolved_at: Option<i64>,
    /// The `guardrail` it points to.
    pub guardrail_id: Option<Uuid>,
    /// The code of the noun that the id beside it names.
    pub subject_type: Option<i16>,
    /// Any entity.
    pub subject_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
