CREATE TABLE team (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX team_name ON team (name, id);
