CREATE TABLE change_insight (
    change_id {uuid} NOT NULL REFERENCES change (id),
    insight_id {uuid} NOT NULL REFERENCES insight (id),
    PRIMARY KEY (change_id, insight_id)
){clustered};
CREATE INDEX change_insight_back ON change_insight (insight_id, change_id);
