CREATE TABLE journey_fact_history (
    fact_id {uuid} NOT NULL REFERENCES journey_fact (id),
    observation integer NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    entries bigint,
    exits bigint,
    conversions bigint,
    PRIMARY KEY (fact_id, observation)
){clustered};
