//! The table `asset`: one piece of creative: a photo, film, illustration, document or sound, described in the terms of Dublin Core and IPTC.

use sea_orm::entity::prelude::*;

/// A row of `asset`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name people know the asset by (dc:title).
    pub title: String,
    /// What the asset shows or is for (dc:description).
    pub description: Option<String>,
    /// Who made it, as the credit says: a role, a studio or an agency (dc:creator).
    pub creator: Option<String>,
    /// The media type of the original, such as `image/jpeg` (dc:format).
    pub format: Option<String>,
    /// One of `AssetKind`.
    pub kind: Option<String>,
    /// One of `ContentStatus`.
    pub status: Option<String>,
    /// The language it speaks, as a BCP 47 tag such as `de-AT`.
    pub language: Option<String>,
    /// What the asset shows, for people who cannot see it.
    pub alt_text: Option<String>,
    /// The credit that must stand beside it (IPTC credit line).
    pub credit_line: Option<String>,
    /// One of `DigitalSourceType`.
    pub digital_source_type: Option<String>,
    /// The checksum of the original file, with its method in front, such as `sha256:9f86…`.
    pub checksum: Option<String>,
    /// Millionths of the currency.
    pub production_cost: Option<i64>,
    /// The ISO 4217 currency of `productionCost`.
    pub currency: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub created: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub modified: Option<i64>,
    /// The `brand` it points to.
    pub brand_id: Option<Uuid>,
    /// The `team` it points to.
    pub owner_team_id: Option<Uuid>,
    /// The `brief` it points to.
    pub brief_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
