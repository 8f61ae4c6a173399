CREATE TABLE asset_derivation (
    derivative_id {uuid} NOT NULL REFERENCES asset (id),
    original_id {uuid} NOT NULL REFERENCES asset (id),
    PRIMARY KEY (derivative_id, original_id)
){clustered};
CREATE INDEX asset_derivation_back ON asset_derivation (original_id, derivative_id);
