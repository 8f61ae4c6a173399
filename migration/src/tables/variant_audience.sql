CREATE TABLE variant_audience (
    variant_id {uuid} NOT NULL REFERENCES variant (id),
    audience_id {uuid} NOT NULL REFERENCES audience (id),
    PRIMARY KEY (variant_id, audience_id)
){clustered};
CREATE INDEX variant_audience_back ON variant_audience (audience_id, variant_id);
