CREATE TABLE concept_broader (
    concept_id {uuid} NOT NULL REFERENCES concept (id),
    broader_id {uuid} NOT NULL REFERENCES concept (id),
    PRIMARY KEY (concept_id, broader_id)
){clustered};
CREATE INDEX concept_broader_back ON concept_broader (broader_id, concept_id);
