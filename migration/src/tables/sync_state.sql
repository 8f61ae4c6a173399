CREATE TABLE sync_state (
    source {text} NOT NULL,
    entity {text} NOT NULL,
    place {text},
    walk_full smallint,
    walk_since bigint,
    walk_began bigint,
    walk_watermark bigint,
    watermark bigint,
    full_at bigint,
    synced_at bigint,
    tried_at bigint,
    outcome {text},
    error_code {text},
    error {text},
    counts {text} NOT NULL,
    PRIMARY KEY (source, entity)
){clustered};
