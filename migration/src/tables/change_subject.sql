CREATE TABLE change_subject (
    change_id {uuid} NOT NULL REFERENCES change (id),
    subject_type smallint NOT NULL,
    subject_id {uuid} NOT NULL,
    PRIMARY KEY (change_id, subject_id)
){clustered};
CREATE INDEX change_subject_back ON change_subject (subject_id, change_id);
