CREATE TABLE decision (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    kind {text},
    status {text},
    start_time bigint,
    end_time bigint,
    priority integer,
    placement_id {uuid} REFERENCES placement (id),
    campaign_id {uuid} REFERENCES campaign (id),
    fallback_id {uuid} REFERENCES variant (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX decision_name ON decision (name, id);
CREATE INDEX decision_kind ON decision (kind{nulls_first}, id);
CREATE INDEX decision_status ON decision (status{nulls_first}, id);
CREATE INDEX decision_start_time ON decision (start_time{nulls_first}, id);
CREATE INDEX decision_end_time ON decision (end_time{nulls_first}, id);
CREATE INDEX decision_priority ON decision (priority{nulls_first}, id);
CREATE INDEX decision_placement_id ON decision (placement_id, id);
CREATE INDEX decision_campaign_id ON decision (campaign_id, id);
CREATE INDEX decision_fallback_id ON decision (fallback_id, id);
