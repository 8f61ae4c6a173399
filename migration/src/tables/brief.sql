CREATE TABLE brief (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    requested_at bigint,
    campaign_id {uuid} REFERENCES campaign (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX brief_title ON brief (title, id);
CREATE INDEX brief_requested_at ON brief (requested_at{nulls_first}, id);
CREATE INDEX brief_campaign_id ON brief (campaign_id, id);
