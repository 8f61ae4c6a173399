CREATE TABLE handoff (
    id {uuid} NOT NULL PRIMARY KEY,
    entered_at bigint,
    started_at bigint,
    exited_at bigint,
    outcome {text},
    work_item_id {uuid} REFERENCES work_item (id),
    from_team_id {uuid} REFERENCES team (id),
    to_team_id {uuid} REFERENCES team (id),
    rework_of_id {uuid} REFERENCES handoff (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX handoff_entered_at ON handoff (entered_at{nulls_first}, id);
CREATE INDEX handoff_exited_at ON handoff (exited_at{nulls_first}, id);
CREATE INDEX handoff_outcome ON handoff (outcome{nulls_first}, id);
CREATE INDEX handoff_work_item_id ON handoff (work_item_id, id);
CREATE INDEX handoff_from_team_id ON handoff (from_team_id, id);
CREATE INDEX handoff_to_team_id ON handoff (to_team_id, id);
CREATE INDEX handoff_rework_of_id ON handoff (rework_of_id, id);
