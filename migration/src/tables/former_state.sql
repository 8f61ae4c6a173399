CREATE TABLE former_state (
    entity_id {uuid} NOT NULL,
    number integer NOT NULL,
    entity_type smallint NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    said {text} NOT NULL,
    PRIMARY KEY (entity_id, number)
){clustered};
CREATE INDEX former_state_type ON former_state (entity_type, until);
