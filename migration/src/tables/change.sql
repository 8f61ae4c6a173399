CREATE TABLE change (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    decided_at bigint,
    live_at bigint,
    campaign_id {uuid} REFERENCES campaign (id),
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX change_title ON change (title, id);
CREATE INDEX change_decided_at ON change (decided_at{nulls_first}, id);
CREATE INDEX change_live_at ON change (live_at{nulls_first}, id);
CREATE INDEX change_campaign_id ON change (campaign_id, id);
CREATE INDEX change_owner_team_id ON change (owner_team_id, id);
