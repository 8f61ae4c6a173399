CREATE TABLE variant (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text},
    text {text},
    channel {text},
    language {text},
    treatment {text},
    status {text},
    component_id {uuid} REFERENCES component (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX variant_channel ON variant (channel{nulls_first}, id);
CREATE INDEX variant_language ON variant (language{nulls_first}, id);
CREATE INDEX variant_status ON variant (status{nulls_first}, id);
CREATE INDEX variant_component_id ON variant (component_id, id);
