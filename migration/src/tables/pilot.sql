CREATE TABLE pilot (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    baseline_from bigint,
    baseline_to bigint,
    pilot_from bigint,
    pilot_to bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX pilot_name ON pilot (name, id);
