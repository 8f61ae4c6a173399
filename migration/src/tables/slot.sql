CREATE TABLE slot (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    kind {text},
    accepts {text} NOT NULL DEFAULT '[]',
    position integer,
    template_id {uuid} REFERENCES template (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX slot_template_id ON slot (template_id, id);
