CREATE TABLE asset_rights (
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    rights_policy_id {uuid} NOT NULL REFERENCES rights_policy (id),
    valid_from bigint,
    valid_to bigint,
    PRIMARY KEY (asset_id, rights_policy_id)
){clustered};
CREATE INDEX asset_rights_back ON asset_rights (rights_policy_id, asset_id);
