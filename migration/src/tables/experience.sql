CREATE TABLE experience (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    kind {text},
    channel {text},
    url {text},
    live_from bigint,
    live_to bigint,
    template_id {uuid} REFERENCES template (id),
    campaign_id {uuid} REFERENCES campaign (id),
    brief_id {uuid} REFERENCES brief (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX experience_name ON experience (name, id);
CREATE INDEX experience_kind ON experience (kind{nulls_first}, id);
CREATE INDEX experience_channel ON experience (channel{nulls_first}, id);
CREATE INDEX experience_live_from ON experience (live_from{nulls_first}, id);
CREATE INDEX experience_live_to ON experience (live_to{nulls_first}, id);
CREATE INDEX experience_template_id ON experience (template_id, id);
CREATE INDEX experience_campaign_id ON experience (campaign_id, id);
CREATE INDEX experience_brief_id ON experience (brief_id, id);
