CREATE TABLE work_item (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    status {text},
    opened_at bigint,
    closed_at bigint,
    asset_id {uuid} REFERENCES asset (id),
    campaign_id {uuid} REFERENCES campaign (id),
    brief_id {uuid} REFERENCES brief (id),
    change_id {uuid} REFERENCES change (id),
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX work_item_title ON work_item (title, id);
CREATE INDEX work_item_status ON work_item (status{nulls_first}, id);
CREATE INDEX work_item_opened_at ON work_item (opened_at{nulls_first}, id);
CREATE INDEX work_item_closed_at ON work_item (closed_at{nulls_first}, id);
CREATE INDEX work_item_asset_id ON work_item (asset_id, id);
CREATE INDEX work_item_campaign_id ON work_item (campaign_id, id);
CREATE INDEX work_item_brief_id ON work_item (brief_id, id);
CREATE INDEX work_item_change_id ON work_item (change_id, id);
CREATE INDEX work_item_owner_team_id ON work_item (owner_team_id, id);
