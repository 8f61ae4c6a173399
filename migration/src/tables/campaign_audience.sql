CREATE TABLE campaign_audience (
    campaign_id {uuid} NOT NULL REFERENCES campaign (id),
    audience_id {uuid} NOT NULL REFERENCES audience (id),
    PRIMARY KEY (campaign_id, audience_id)
){clustered};
CREATE INDEX campaign_audience_back ON campaign_audience (audience_id, campaign_id);
