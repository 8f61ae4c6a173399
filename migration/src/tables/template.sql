CREATE TABLE template (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    channel {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX template_name ON template (name, id);
