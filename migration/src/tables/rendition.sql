CREATE TABLE rendition (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    format {text},
    width integer,
    height integer,
    bytes bigint,
    duration double precision,
    url {text},
    checksum {text},
    asset_id {uuid} REFERENCES asset (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX rendition_checksum ON rendition (checksum{nulls_first}, id);
CREATE INDEX rendition_asset_id ON rendition (asset_id, id);
