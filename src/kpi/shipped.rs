//! The measures that Weft is shipped with. A further one is one more entry.

use super::definition::{Better, Definition, End, Span, Term, Things, Value};

/// All of them. `threshold` is how many pairs of campaign and channel make an asset reused.
pub fn shipped(threshold: u32) -> Vec<Definition> {
    let handoffs = |only| Things { noun: "Handoff", at: "exited_at", only };
    let count = |noun, at| Term::Count { of: Things { noun, at, only: None } };
    let back = ["RETURNED", "REJECTED"].map(str::to_owned).to_vec();
    let fact = |measure, minus| Term::Fact { measure, minus };
    vec![
        Definition {
            key: "system_responsiveness".to_owned(),
            version: 1,
            label: "System responsiveness".to_owned(),
            unit: "hours".to_owned(),
            description: "The median time from a decision to the change being live. Changes that are not live by the \
                          window's end are not in it but stand beside it as unfinished."
                .to_owned(),
            numerator: "Changes decided in the window and live before its end.".to_owned(),
            denominator: "Changes decided in the window.".to_owned(),
            better: Better::Lower,
            value: Value::Median(Span { noun: "Change", from: "decided_at", to: End::Own("live_at") }),
        },
        Definition {
            key: "asset_reuse_rate".to_owned(),
            version: 1,
            label: "Asset reuse rate".to_owned(),
            unit: "ratio".to_owned(),
            description: "The share of the assets in use that are used in several pairs of campaign and channel. A use \
                          of a variant is one of the assets it carries. Assets that are not used do not count."
                .to_owned(),
            numerator: format!("Assets with live usages in at least {threshold} pairs of campaign and channel."),
            denominator: "Assets with a live usage in the window.".to_owned(),
            better: Better::Higher,
            value: Value::Reuse { threshold },
        },
        Definition {
            key: "exception_rate".to_owned(),
            version: 1,
            label: "Exception rate".to_owned(),
            unit: "ratio".to_owned(),
            description: "How often something goes wrong, for each piece of work passed on and each delivery started."
                .to_owned(),
            numerator: "Incidents opened, guardrail findings, and handoffs returned or rejected.".to_owned(),
            denominator: "Handoffs exited and deliveries started.".to_owned(),
            better: Better::Lower,
            value: Value::Ratio {
                numerator: vec![
                    count("Incident", "opened_at"),
                    count("GuardrailFinding", "found_at"),
                    Term::Count { of: handoffs(Some(("outcome", back))) },
                ],
                denominator: vec![Term::Count { of: handoffs(None) }, count("Delivery", "start_time")],
                needs_cost: false,
            },
        },
        Definition {
            key: "learning_speed".to_owned(),
            version: 1,
            label: "Learning speed".to_owned(),
            unit: "hours".to_owned(),
            description: "The median time from an insight to the first change that acts on it being live. Insights \
                          without one by the window's end stand beside it as unfinished."
                .to_owned(),
            numerator: "Insights of the window whose first change was live before its end.".to_owned(),
            denominator: "Insights observed in the window.".to_owned(),
            better: Better::Lower,
            value: Value::Median(Span {
                noun: "Insight",
                from: "observed_at",
                to: End::Earliest { edge: "changes", column: "live_at" },
            }),
        },
        Definition {
            key: "content_roi".to_owned(),
            version: 1,
            label: "Content ROI".to_owned(),
            unit: "ratio".to_owned(),
            description: "What content earned over what it cost. There is no value where a delivery that earned or was \
                          shown has no known cost, nor where currencies are mixed."
                .to_owned(),
            numerator: "Revenue less cost.".to_owned(),
            denominator: "Cost.".to_owned(),
            better: Better::Higher,
            value: Value::Ratio {
                numerator: vec![fact("revenue", false), fact("cost", true)],
                denominator: vec![fact("cost", false)],
                needs_cost: true,
            },
        },
        Definition {
            key: "journey_effectiveness".to_owned(),
            version: 1,
            label: "Journey effectiveness".to_owned(),
            unit: "ratio".to_owned(),
            description: "The conversions of journeys, at any step, for each entry at a first step.".to_owned(),
            numerator: "Conversions at any step.".to_owned(),
            denominator: "Entries at the steps that no other step leads to.".to_owned(),
            better: Better::Higher,
            value: Value::Ratio {
                numerator: vec![Term::Journey { measure: "conversions", first_steps_only: false }],
                denominator: vec![Term::Journey { measure: "entries", first_steps_only: true }],
                needs_cost: false,
            },
        },
        Definition {
            key: "handoff_wait_share".to_owned(),
            version: 1,
            label: "Handoff wait share".to_owned(),
            unit: "ratio".to_owned(),
            description: "The share of the time of handoffs in which the work waited for the receiving team to begin. \
                          What was never begun waited all its time."
                .to_owned(),
            numerator: "Hours waited.".to_owned(),
            denominator: "Hours from entering to exiting.".to_owned(),
            better: Better::Lower,
            value: Value::Ratio {
                numerator: vec![Term::Duration {
                    of: handoffs(None),
                    from: "entered_at",
                    to: "started_at",
                    or_to: Some("exited_at"),
                }],
                denominator: vec![Term::Duration {
                    of: handoffs(None),
                    from: "entered_at",
                    to: "exited_at",
                    or_to: None,
                }],
                needs_cost: false,
            },
        },
        Definition {
            key: "content_velocity".to_owned(),
            version: 1,
            label: "Content velocity".to_owned(),
            unit: "hours".to_owned(),
            description: "The median time from a brief to its first experience being live. Briefs without one by the \
                          window's end stand beside it as unfinished."
                .to_owned(),
            numerator: "Briefs of the window whose first experience was live before its end.".to_owned(),
            denominator: "Briefs requested in the window.".to_owned(),
            better: Better::Lower,
            value: Value::Median(Span {
                noun: "Brief",
                from: "requested_at",
                to: End::Earliest { edge: "experiences", column: "live_from" },
            }),
        },
    ]
}
