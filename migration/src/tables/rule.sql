CREATE TABLE rule (
    id {uuid} NOT NULL PRIMARY KEY,
    condition {text},
    weight double precision,
    priority integer,
    valid_from bigint,
    valid_to bigint,
    decision_id {uuid} REFERENCES decision (id),
    audience_id {uuid} REFERENCES audience (id),
    variant_id {uuid} REFERENCES variant (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX rule_priority ON rule (priority{nulls_first}, id);
CREATE INDEX rule_decision_id ON rule (decision_id, id);
CREATE INDEX rule_decision_audience ON rule (decision_id, audience_id);
CREATE INDEX rule_decision_variant ON rule (decision_id, variant_id);
CREATE INDEX rule_audience_id ON rule (audience_id, id);
CREATE INDEX rule_audience_decision ON rule (audience_id, decision_id);
CREATE INDEX rule_variant_id ON rule (variant_id, id);
CREATE INDEX rule_variant_decision ON rule (variant_id, decision_id);
