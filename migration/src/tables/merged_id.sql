CREATE TABLE merged_id (
    old {uuid} NOT NULL PRIMARY KEY,
    entity_type smallint NOT NULL,
    now {uuid} NOT NULL,
    merged_at bigint NOT NULL
){clustered};
CREATE INDEX merged_id_back ON merged_id (now, old);
