CREATE TABLE brand (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    requires_rights_policy boolean,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX brand_name ON brand (name, id);
