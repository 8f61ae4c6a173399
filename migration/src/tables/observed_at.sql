ALTER TABLE performance_fact ADD COLUMN observed_at bigint;
ALTER TABLE performance_fact_history ADD COLUMN observed_at bigint;
ALTER TABLE journey_fact ADD COLUMN observed_at bigint;
ALTER TABLE journey_fact_history ADD COLUMN observed_at bigint;
