CREATE TABLE kpi (
    id {uuid} NOT NULL PRIMARY KEY,
    key {text} NOT NULL,
    version integer,
    label {text},
    unit {text},
    description {text},
    numerator {text},
    denominator {text},
    target double precision,
    owner_id {uuid} REFERENCES team (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX kpi_key ON kpi (key, id);
CREATE INDEX kpi_owner_id ON kpi (owner_id, id);
CREATE UNIQUE INDEX kpi_is ON kpi (key);
