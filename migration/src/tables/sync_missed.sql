CREATE TABLE sync_missed (
    source {text} NOT NULL,
    entity_type smallint NOT NULL,
    value {text} NOT NULL,
    walk_began bigint NOT NULL,
    PRIMARY KEY (source, entity_type, value)
){clustered};
