CREATE TABLE performance_fact (
    id {uuid} NOT NULL PRIMARY KEY,
    day {date} NOT NULL,
    channel {text},
    territory {text},
    impressions bigint,
    reach bigint,
    clicks bigint,
    conversions bigint,
    cost bigint,
    revenue bigint,
    currency {text},
    variant_id {uuid} REFERENCES variant (id),
    audience_id {uuid} REFERENCES audience (id),
    delivery_id {uuid} REFERENCES delivery (id),
    source_id {uuid} NOT NULL REFERENCES source (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX performance_fact_day ON performance_fact (day, id);
CREATE INDEX performance_fact_channel ON performance_fact (channel{nulls_first}, id);
CREATE INDEX performance_fact_variant_id ON performance_fact (variant_id, day, id);
CREATE INDEX performance_fact_audience_id ON performance_fact (audience_id, day, id);
CREATE INDEX performance_fact_delivery_id ON performance_fact (delivery_id, day, id);
CREATE INDEX performance_fact_source_id ON performance_fact (source_id, id);
CREATE UNIQUE INDEX performance_fact_is ON performance_fact (source_id, day, coalesce(variant_id, {nil}), coalesce(audience_id, {nil}), coalesce(channel, ''), coalesce(territory, ''), coalesce(delivery_id, {nil}));
