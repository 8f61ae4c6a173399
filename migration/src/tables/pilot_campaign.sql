CREATE TABLE pilot_campaign (
    pilot_id {uuid} NOT NULL REFERENCES pilot (id),
    campaign_id {uuid} NOT NULL REFERENCES campaign (id),
    PRIMARY KEY (pilot_id, campaign_id)
){clustered};
CREATE INDEX pilot_campaign_back ON pilot_campaign (campaign_id, pilot_id);
