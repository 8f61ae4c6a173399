CREATE TABLE pilot_team (
    pilot_id {uuid} NOT NULL REFERENCES pilot (id),
    team_id {uuid} NOT NULL REFERENCES team (id),
    PRIMARY KEY (pilot_id, team_id)
){clustered};
CREATE INDEX pilot_team_back ON pilot_team (team_id, pilot_id);
