CREATE TABLE hook_delivery (
    source {text} NOT NULL,
    delivery {text} NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (source, delivery)
){clustered};
CREATE INDEX hook_delivery_received_at ON hook_delivery (received_at);
