CREATE TABLE delivery (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text},
    kind {text},
    status {text},
    start_time bigint,
    end_time bigint,
    channel {text},
    territories {text} NOT NULL DEFAULT '[]',
    frequency_cap integer,
    campaign_id {uuid} REFERENCES campaign (id),
    decision_id {uuid} REFERENCES decision (id),
    experience_id {uuid} REFERENCES experience (id),
    source_id {uuid} REFERENCES source (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX delivery_name ON delivery (name{nulls_first}, id);
CREATE INDEX delivery_kind ON delivery (kind{nulls_first}, id);
CREATE INDEX delivery_status ON delivery (status{nulls_first}, id);
CREATE INDEX delivery_start_time ON delivery (start_time{nulls_first}, id);
CREATE INDEX delivery_end_time ON delivery (end_time{nulls_first}, id);
CREATE INDEX delivery_channel ON delivery (channel{nulls_first}, id);
CREATE INDEX delivery_campaign_id ON delivery (campaign_id, id);
CREATE INDEX delivery_decision_id ON delivery (decision_id, id);
CREATE INDEX delivery_experience_id ON delivery (experience_id, id);
CREATE INDEX delivery_source_id ON delivery (source_id, id);
