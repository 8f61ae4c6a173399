CREATE TABLE experience_placement (
    experience_id {uuid} NOT NULL REFERENCES experience (id),
    placement_id {uuid} NOT NULL REFERENCES placement (id),
    PRIMARY KEY (experience_id, placement_id)
){clustered};
CREATE INDEX experience_placement_back ON experience_placement (placement_id, experience_id);
