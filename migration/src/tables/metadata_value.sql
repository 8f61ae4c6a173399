CREATE TABLE metadata_value (
    id {uuid} NOT NULL PRIMARY KEY,
    value {text},
    observed_at bigint,
    field_id {uuid} REFERENCES metadata_field (id),
    subject_type smallint,
    subject_id {uuid},
    source_id {uuid} REFERENCES source (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX metadata_value_observed_at ON metadata_value (observed_at{nulls_first}, id);
CREATE INDEX metadata_value_field_id ON metadata_value (field_id, id);
CREATE INDEX metadata_value_subject_id ON metadata_value (subject_id, id);
CREATE INDEX metadata_value_source_id ON metadata_value (source_id, id);
