CREATE TABLE journey_fact (
    id {uuid} NOT NULL PRIMARY KEY,
    day {date} NOT NULL,
    channel {text},
    entries bigint,
    exits bigint,
    conversions bigint,
    step_id {uuid} REFERENCES journey_step (id),
    audience_id {uuid} REFERENCES audience (id),
    source_id {uuid} NOT NULL REFERENCES source (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX journey_fact_day ON journey_fact (day, id);
CREATE INDEX journey_fact_channel ON journey_fact (channel{nulls_first}, id);
CREATE INDEX journey_fact_step_id ON journey_fact (step_id, day, id);
CREATE INDEX journey_fact_audience_id ON journey_fact (audience_id, day, id);
CREATE INDEX journey_fact_source_id ON journey_fact (source_id, id);
CREATE UNIQUE INDEX journey_fact_is ON journey_fact (source_id, day, coalesce(step_id, {nil}), coalesce(audience_id, {nil}), coalesce(channel, ''));
