CREATE TABLE guardrail_finding (
    id {uuid} NOT NULL PRIMARY KEY,
    severity {text},
    message {text},
    found_at bigint,
    resolved_at bigint,
    guardrail_id {uuid} REFERENCES guardrail (id),
    subject_type smallint,
    subject_id {uuid},
    campaign_id {uuid} REFERENCES campaign (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX guardrail_finding_severity ON guardrail_finding (severity{nulls_first}, id);
CREATE INDEX guardrail_finding_found_at ON guardrail_finding (found_at{nulls_first}, id);
CREATE INDEX guardrail_finding_resolved_at ON guardrail_finding (resolved_at{nulls_first}, id);
CREATE INDEX guardrail_finding_guardrail_id ON guardrail_finding (guardrail_id, id);
CREATE INDEX guardrail_finding_subject_id ON guardrail_finding (subject_id, id);
CREATE INDEX guardrail_finding_campaign_id ON guardrail_finding (campaign_id, id);
