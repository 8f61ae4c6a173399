CREATE TABLE field_claim (
    entity_id {uuid} NOT NULL,
    field {text} NOT NULL,
    source {text} NOT NULL,
    entity_type smallint NOT NULL,
    value {text} NOT NULL,
    observed_at bigint NOT NULL,
    PRIMARY KEY (entity_id, field, source)
){clustered};
