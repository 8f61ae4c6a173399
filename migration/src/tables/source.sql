CREATE TABLE source (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    kind {text},
    vendor {text},
    description {text},
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX source_name ON source (name, id);
CREATE INDEX source_owner_team_id ON source (owner_team_id, id);
CREATE UNIQUE INDEX source_is ON source (name);
