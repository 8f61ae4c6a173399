CREATE TABLE component_asset (
    component_id {uuid} NOT NULL REFERENCES component (id),
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    PRIMARY KEY (component_id, asset_id)
){clustered};
CREATE INDEX component_asset_back ON component_asset (asset_id, component_id);
