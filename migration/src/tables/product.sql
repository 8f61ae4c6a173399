CREATE TABLE product (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    description {text},
    sku {text},
    brand_id {uuid} REFERENCES brand (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX product_name ON product (name, id);
CREATE INDEX product_sku ON product (sku{nulls_first}, id);
CREATE INDEX product_brand_id ON product (brand_id, id);
