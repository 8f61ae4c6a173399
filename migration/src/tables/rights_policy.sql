CREATE TABLE rights_policy (
    id {uuid} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    description {text},
    kind {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX rights_policy_title ON rights_policy (title, id);
CREATE INDEX rights_policy_kind ON rights_policy (kind{nulls_first}, id);
