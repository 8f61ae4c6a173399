CREATE TABLE incident (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text},
    kind {text},
    description {text},
    opened_at bigint,
    closed_at bigint,
    system {text},
    subject_type smallint,
    subject_id {uuid},
    campaign_id {uuid} REFERENCES campaign (id),
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX incident_kind ON incident (kind{nulls_first}, id);
CREATE INDEX incident_opened_at ON incident (opened_at{nulls_first}, id);
CREATE INDEX incident_closed_at ON incident (closed_at{nulls_first}, id);
CREATE INDEX incident_subject_id ON incident (subject_id, id);
CREATE INDEX incident_campaign_id ON incident (campaign_id, id);
CREATE INDEX incident_owner_team_id ON incident (owner_team_id, id);
