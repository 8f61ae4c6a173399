CREATE TABLE asset (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    creator {text},
    format {text},
    kind {text},
    status {text},
    language {text},
    alt_text {text},
    credit_line {text},
    digital_source_type {text},
    checksum {text},
    production_cost bigint,
    currency {text},
    created bigint,
    modified bigint,
    brand_id {uuid} REFERENCES brand (id),
    owner_team_id {uuid} REFERENCES team (id),
    brief_id {uuid} REFERENCES brief (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX asset_title ON asset (title, id);
CREATE INDEX asset_kind ON asset (kind{nulls_first}, id);
CREATE INDEX asset_status ON asset (status{nulls_first}, id);
CREATE INDEX asset_checksum ON asset (checksum{nulls_first}, id);
CREATE INDEX asset_created ON asset (created{nulls_first}, id);
CREATE INDEX asset_modified ON asset (modified{nulls_first}, id);
CREATE INDEX asset_brand_id ON asset (brand_id, id);
CREATE INDEX asset_owner_team_id ON asset (owner_team_id, id);
CREATE INDEX asset_brief_id ON asset (brief_id, id);
