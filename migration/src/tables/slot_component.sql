CREATE TABLE slot_component (
    slot_id {uuid} NOT NULL REFERENCES slot (id),
    component_id {uuid} NOT NULL REFERENCES component (id),
    PRIMARY KEY (slot_id, component_id)
){clustered};
CREATE INDEX slot_component_back ON slot_component (component_id, slot_id);
