CREATE TABLE usage (
    id {uuid} NOT NULL PRIMARY KEY,
    status {text},
    start_time bigint,
    end_time bigint,
    territory {text},
    channel {text},
    asset_id {uuid} REFERENCES asset (id),
    variant_id {uuid} REFERENCES variant (id),
    experience_id {uuid} REFERENCES experience (id),
    delivery_id {uuid} REFERENCES delivery (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX usage_status ON usage (status{nulls_first}, id);
CREATE INDEX usage_start_time ON usage (start_time{nulls_first}, id);
CREATE INDEX usage_end_time ON usage (end_time{nulls_first}, id);
CREATE INDEX usage_territory ON usage (territory{nulls_first}, id);
CREATE INDEX usage_channel ON usage (channel{nulls_first}, id);
CREATE INDEX usage_asset_id ON usage (asset_id, id);
CREATE INDEX usage_variant_id ON usage (variant_id, id);
CREATE INDEX usage_experience_id ON usage (experience_id, id);
CREATE INDEX usage_delivery_id ON usage (delivery_id, id);
