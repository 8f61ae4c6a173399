CREATE TABLE campaign_product (
    campaign_id {uuid} NOT NULL REFERENCES campaign (id),
    product_id {uuid} NOT NULL REFERENCES product (id),
    PRIMARY KEY (campaign_id, product_id)
){clustered};
CREATE INDEX campaign_product_back ON campaign_product (product_id, campaign_id);
