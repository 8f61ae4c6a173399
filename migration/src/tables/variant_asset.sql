CREATE TABLE variant_asset (
    variant_id {uuid} NOT NULL REFERENCES variant (id),
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    PRIMARY KEY (variant_id, asset_id)
){clustered};
CREATE INDEX variant_asset_back ON variant_asset (asset_id, variant_id);
