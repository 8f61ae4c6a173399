CREATE TABLE concept_tag (
    subject_id {uuid} NOT NULL,
    subject_type smallint NOT NULL,
    concept_id {uuid} NOT NULL REFERENCES concept (id),
    PRIMARY KEY (subject_id, concept_id)
){clustered};
CREATE INDEX concept_tag_back ON concept_tag (concept_id, subject_id);
