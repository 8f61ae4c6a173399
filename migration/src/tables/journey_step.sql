CREATE TABLE journey_step (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    position integer,
    journey_id {uuid} REFERENCES journey (id),
    next_id {uuid} REFERENCES journey_step (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX journey_step_name ON journey_step (name, id);
CREATE INDEX journey_step_journey_id ON journey_step (journey_id, id);
CREATE INDEX journey_step_next_id ON journey_step (next_id, id);
