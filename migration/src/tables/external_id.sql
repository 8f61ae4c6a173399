CREATE TABLE external_id (
    source_id {uuid} NOT NULL REFERENCES source (id),
    entity_type smallint NOT NULL,
    value {text} NOT NULL,
    entity_id {uuid} NOT NULL,
    match_method {text} NOT NULL,
    confidence double precision,
    valid_from bigint,
    valid_to bigint,
    PRIMARY KEY (source_id, entity_type, value)
){clustered};
CREATE INDEX external_id_back ON external_id (entity_id, source_id);
CREATE INDEX external_id_fed ON external_id (source_id, entity_id);
