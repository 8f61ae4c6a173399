CREATE TABLE component (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    kind {text},
    description {text},
    start_time bigint,
    end_time bigint,
    fallback_id {uuid} REFERENCES component (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX component_name ON component (name, id);
CREATE INDEX component_kind ON component (kind{nulls_first}, id);
CREATE INDEX component_end_time ON component (end_time{nulls_first}, id);
CREATE INDEX component_fallback_id ON component (fallback_id, id);
