CREATE TABLE collection_asset (
    collection_id {uuid} NOT NULL REFERENCES collection (id),
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    PRIMARY KEY (collection_id, asset_id)
){clustered};
CREATE INDEX collection_asset_back ON collection_asset (asset_id, collection_id);
