CREATE TABLE search_entry (
    entity_id {uuid} NOT NULL PRIMARY KEY,
    entity_type smallint NOT NULL,
    a text NOT NULL,
    b text NOT NULL,
    c text NOT NULL,
    words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', a), 'A')
        || setweight(to_tsvector('simple', b), 'B')
        || setweight(to_tsvector('simple', c), 'C')
    ) STORED
);
CREATE INDEX search_entry_words ON search_entry USING gin (words);
