CREATE TABLE rights_constraint (
    id {uuid} NOT NULL PRIMARY KEY,
    left_operand {text},
    operator {text},
    right_operand {text} NOT NULL DEFAULT '[]',
    policy_id {uuid} REFERENCES rights_policy (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX rights_constraint_left_operand ON rights_constraint (left_operand{nulls_first}, id);
CREATE INDEX rights_constraint_policy_id ON rights_constraint (policy_id, id);
