CREATE TABLE guardrail (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    expression {text},
    severity {text},
    brand_id {uuid} REFERENCES brand (id),
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX guardrail_name ON guardrail (name, id);
CREATE INDEX guardrail_severity ON guardrail (severity{nulls_first}, id);
CREATE INDEX guardrail_brand_id ON guardrail (brand_id, id);
CREATE INDEX guardrail_owner_team_id ON guardrail (owner_team_id, id);
