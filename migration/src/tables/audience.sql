CREATE TABLE audience (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    expression {text},
    status {text},
    size bigint,
    size_as_of bigint,
    consent_basis {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX audience_name ON audience (name, id);
CREATE INDEX audience_status ON audience (status{nulls_first}, id);
CREATE INDEX audience_size ON audience (size{nulls_first}, id);
