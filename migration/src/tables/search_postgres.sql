-- Postgres takes hosts, addresses and signed numbers for words of their own; signs are blanks here, as they are on SQLite.
CREATE FUNCTION search_words_of(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_tsvector('simple'::regconfig, translate(said, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))) $$;
CREATE TABLE search_entry (
    entity_id {uuid} NOT NULL PRIMARY KEY,
    entity_type smallint NOT NULL,
    a text NOT NULL,
    b text NOT NULL,
    c text NOT NULL,
    words tsvector GENERATED ALWAYS AS (
        setweight(search_words_of(a), 'A')
        || setweight(search_words_of(b), 'B')
        || setweight(search_words_of(c), 'C')
    ) STORED
);
CREATE INDEX search_entry_words ON search_entry USING gin (words);
