CREATE TABLE event (
    source {text} NOT NULL,
    id {text} NOT NULL,
    type {text} NOT NULL,
    hash {uuid} NOT NULL,
    time bigint,
    received_at bigint NOT NULL,
    state {text} NOT NULL,
    happened_at bigint,
    thing {text},
    wants_type smallint,
    wants_source {text},
    wants_key {text},
    reason {text},
    body {text},
    PRIMARY KEY (source, id)
){clustered};
CREATE INDEX event_thing ON event (thing, time) WHERE thing IS NOT NULL;
CREATE INDEX event_waiting ON event (wants_type, wants_key) WHERE state = 'WAITING';
CREATE TABLE event_rejected (
    row_id {uuid} NOT NULL PRIMARY KEY,
    source {text} NOT NULL,
    id {text} NOT NULL,
    hash {uuid} NOT NULL,
    type {text},
    time bigint,
    received_at bigint NOT NULL,
    reason {text} NOT NULL,
    body {text} NOT NULL
);
CREATE UNIQUE INDEX event_rejected_is ON event_rejected (source, id, hash);
