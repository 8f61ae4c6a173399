CREATE TABLE journey_step_experience (
    journey_step_id {uuid} NOT NULL REFERENCES journey_step (id),
    experience_id {uuid} NOT NULL REFERENCES experience (id),
    PRIMARY KEY (journey_step_id, experience_id)
){clustered};
CREATE INDEX journey_step_experience_back ON journey_step_experience (experience_id, journey_step_id);
