CREATE TABLE status_change (
    entity_id {uuid} NOT NULL,
    since bigint NOT NULL,
    status {text} NOT NULL,
    PRIMARY KEY (entity_id, since)
){clustered};
