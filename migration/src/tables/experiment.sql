CREATE TABLE experiment (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    hypothesis {text},
    phases {text} NOT NULL DEFAULT '[]',
    arms {text} NOT NULL DEFAULT '[]',
    result {text},
    concluded_at bigint,
    decision_id {uuid} REFERENCES decision (id),
    kpi_id {uuid} REFERENCES kpi (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX experiment_name ON experiment (name, id);
CREATE INDEX experiment_concluded_at ON experiment (concluded_at{nulls_first}, id);
CREATE INDEX experiment_decision_id ON experiment (decision_id, id);
CREATE INDEX experiment_kpi_id ON experiment (kpi_id, id);
