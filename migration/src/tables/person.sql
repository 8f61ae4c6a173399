CREATE TABLE person (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    role {text},
    team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX person_name ON person (name, id);
CREATE INDEX person_team_id ON person (team_id, id);
