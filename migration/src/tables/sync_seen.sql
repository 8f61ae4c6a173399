CREATE TABLE sync_seen (
    source {text} NOT NULL,
    entity {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (source, entity, value)
){clustered};
