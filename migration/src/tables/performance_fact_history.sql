CREATE TABLE performance_fact_history (
    fact_id {uuid} NOT NULL REFERENCES performance_fact (id),
    observation integer NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    impressions bigint,
    reach bigint,
    clicks bigint,
    conversions bigint,
    cost bigint,
    revenue bigint,
    currency {text},
    PRIMARY KEY (fact_id, observation)
){clustered};
