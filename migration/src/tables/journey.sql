CREATE TABLE journey (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    status {text},
    campaign_id {uuid} REFERENCES campaign (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX journey_name ON journey (name, id);
CREATE INDEX journey_status ON journey (status{nulls_first}, id);
CREATE INDEX journey_campaign_id ON journey (campaign_id, id);
