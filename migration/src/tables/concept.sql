CREATE TABLE concept (
    id {uuid} NOT NULL PRIMARY KEY,
    pref_label {text} NOT NULL,
    alt_labels {text} NOT NULL DEFAULT '[]',
    definition {text},
    notation {text},
    scheme_id {uuid} REFERENCES concept_scheme (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX concept_pref_label ON concept (pref_label, id);
CREATE INDEX concept_notation ON concept (notation{nulls_first}, id);
CREATE INDEX concept_scheme_id ON concept (scheme_id, id);
