CREATE TABLE campaign (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    kind {text},
    status {text},
    start_time bigint,
    end_time bigint,
    budgeted_cost bigint,
    actual_cost bigint,
    currency {text},
    brand_id {uuid} REFERENCES brand (id),
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX campaign_name ON campaign (name, id);
CREATE INDEX campaign_kind ON campaign (kind{nulls_first}, id);
CREATE INDEX campaign_status ON campaign (status{nulls_first}, id);
CREATE INDEX campaign_start_time ON campaign (start_time{nulls_first}, id);
CREATE INDEX campaign_end_time ON campaign (end_time{nulls_first}, id);
CREATE INDEX campaign_brand_id ON campaign (brand_id, id);
CREATE INDEX campaign_owner_team_id ON campaign (owner_team_id, id);
