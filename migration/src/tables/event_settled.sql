ALTER TABLE event ADD COLUMN settled_at bigint;
CREATE INDEX event_settled ON event (settled_at) WHERE settled_at IS NOT NULL;
