CREATE TABLE collection (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX collection_name ON collection (name, id);
