CREATE TABLE concept_match (
    concept_id {uuid} NOT NULL REFERENCES concept (id),
    match_id {uuid} NOT NULL REFERENCES concept (id),
    valid_from bigint,
    valid_to bigint,
    PRIMARY KEY (concept_id, match_id)
){clustered};
CREATE INDEX concept_match_back ON concept_match (match_id, concept_id);
