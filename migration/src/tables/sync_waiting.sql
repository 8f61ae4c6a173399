CREATE TABLE sync_waiting (
    source {text} NOT NULL,
    entity {text} NOT NULL,
    value {text} NOT NULL,
    fields {text} NOT NULL,
    missing {text} NOT NULL,
    asked_at bigint NOT NULL,
    PRIMARY KEY (source, entity, value)
){clustered};
