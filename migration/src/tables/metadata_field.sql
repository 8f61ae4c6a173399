CREATE TABLE metadata_field (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    value_type {text},
    mandatory boolean,
    options {text} NOT NULL DEFAULT '[]',
    steward_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX metadata_field_name ON metadata_field (name, id);
CREATE INDEX metadata_field_steward_id ON metadata_field (steward_id, id);
