CREATE TABLE sync_refreshed (
    source {text} NOT NULL,
    entity_type smallint NOT NULL,
    value {text} NOT NULL,
    asked_at bigint NOT NULL,
    PRIMARY KEY (source, entity_type, value)
){clustered};
CREATE INDEX sync_refreshed_asked_at ON sync_refreshed (asked_at);
ALTER TABLE hook_delivery ADD COLUMN taken_at bigint;
UPDATE hook_delivery SET taken_at = received_at;
