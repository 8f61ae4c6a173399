CREATE TABLE insight (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    observed_at bigint,
    experiment_id {uuid} REFERENCES experiment (id),
    kpi_id {uuid} REFERENCES kpi (id),
    campaign_id {uuid} REFERENCES campaign (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX insight_title ON insight (title, id);
CREATE INDEX insight_observed_at ON insight (observed_at{nulls_first}, id);
CREATE INDEX insight_experiment_id ON insight (experiment_id, id);
CREATE INDEX insight_kpi_id ON insight (kpi_id, id);
CREATE INDEX insight_campaign_id ON insight (campaign_id, id);
