CREATE TABLE experience_variant (
    experience_id {uuid} NOT NULL REFERENCES experience (id),
    variant_id {uuid} NOT NULL REFERENCES variant (id),
    PRIMARY KEY (experience_id, variant_id)
){clustered};
CREATE INDEX experience_variant_back ON experience_variant (variant_id, experience_id);
