//! The table `rendition`: one file of an asset: a size, crop, format or cut of it.

use sea_orm::entity::prelude::*;

/// A row of `rendition`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rendition")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What this file is called, such as `hero-1200`.
    pub name: String,
    /// The media type, such as `image/webp`.
    pub format: Option<String>,
    /// Width in pixels.
    pub width: Option<i32>,
    /// Height in pixels.
    pub height: Option<i32>,
    /// Size of the file in bytes.
    pub bytes: Option<i64>,
    /// Length in seconds, for film and sound.
    pub duration: Option<f64>,
    /// Where the file can be fetched.
    pub url: Option<String>,
    /// The checksum of the file, with its method in front.
    pub checksum: Option<String>,
    /// The `asset` it points to.
    pub asset_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
