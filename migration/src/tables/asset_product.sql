CREATE TABLE asset_product (
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    product_id {uuid} NOT NULL REFERENCES product (id),
    PRIMARY KEY (asset_id, product_id)
){clustered};
CREATE INDEX asset_product_back ON asset_product (product_id, asset_id);
