CREATE TABLE concept_scheme (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    uri {text},
    owner_team_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX concept_scheme_title ON concept_scheme (title, id);
CREATE INDEX concept_scheme_owner_team_id ON concept_scheme (owner_team_id, id);
