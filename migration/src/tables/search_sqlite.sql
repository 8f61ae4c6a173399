CREATE TABLE search_entry (
    place integer PRIMARY KEY,
    entity_id blob NOT NULL UNIQUE,
    entity_type smallint NOT NULL,
    a text NOT NULL,
    b text NOT NULL,
    c text NOT NULL
);
CREATE VIRTUAL TABLE search_words USING fts5(
    a, b, c,
    content = 'search_entry', content_rowid = 'place', tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
    INSERT INTO search_words (rowid, a, b, c) VALUES (new.place, new.a, new.b, new.c);
END;
CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN
    INSERT INTO search_words (search_words, rowid, a, b, c) VALUES ('delete', old.place, old.a, old.b, old.c);
END;
CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
    INSERT INTO search_words (search_words, rowid, a, b, c) VALUES ('delete', old.place, old.a, old.b, old.c);
    INSERT INTO search_words (rowid, a, b, c) VALUES (new.place, new.a, new.b, new.c);
END;
