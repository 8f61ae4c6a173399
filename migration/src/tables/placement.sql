CREATE TABLE placement (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    channel {text},
    format {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX placement_name ON placement (name, id);
CREATE INDEX placement_channel ON placement (channel{nulls_first}, id);
