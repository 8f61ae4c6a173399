//! What values are held to beyond their kind: bounds, what needs another beside it, and the operands of rights.

use serde_json::{Value, json};

use super::{all, line, take, take_all, text};
use crate::support::{Gateway, both};

/// Takes lines one by one, each of which must be rejected for the reason beside it.
async fn refuses(gateway: &Gateway, wrong: &[(Value, &str)]) {
    let before = all(&gateway.store).await;
    let lines: Vec<Value> = wrong.iter().map(|(line, _)| line.clone()).collect();
    let report = take(gateway, text(&lines), false).await;
    for (place, (line, reason)) in wrong.iter().enumerate() {
        let told = report.rejected.iter().find(|rejection| rejection.line == place as u64 + 1);
        let told = told.map(|rejection| rejection.reason.as_str()).unwrap_or_default();
        assert!(told.contains(reason), "{line}: expected {reason:?}, was told {told:?}");
    }
    assert_eq!(report.rejected_total, wrong.len() as u64);
    assert_eq!(all(&gateway.store).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_out_of_their_bounds_are_rejected() {
    both(|gateway| async move {
        take_all(&gateway, &[json!({"type": "Source", "key": "import"})]).await;
        let fact = |field: &str, value: Value| {
            let mut fact = json!({"type": "PerformanceFact", "day": "2026-05-01"});
            fact[field] = value;
            fact
        };
        refuses(
            &gateway,
            &[
                (
                    fact("impressions", json!(-1)),
                    "`impressions` takes a number from 0 to 1000000000000, not -1",
                ),
                (fact("reach", json!(-1)), "`reach` takes a number from 0 to 1000000000000"),
                (
                    fact("clicks", json!(-9_223_372_036_854_775_808_i64)),
                    "`clicks` takes a number from 0 to 1000000000000",
                ),
                (fact("conversions", json!(-1)), "`conversions` takes a number from 0 to 1000000000000"),
                (fact("currency", json!("eur")), "`currency` takes a currency in its three capital letters"),
                (
                    json!({"type": "JourneyFact", "day": "2026-05-01", "entries": -1}),
                    "`entries` takes a number from 0 to 1000000000000",
                ),
                (
                    json!({"type": "Audience", "key": "a", "name": "A", "size": -5}),
                    "`size` takes a number from 0 on",
                ),
                (
                    json!({"type": "Rendition", "key": "r", "name": "R", "width": -1, "bytes": -1}),
                    "`bytes` takes a number from 0 on, not -1; `width` takes a number from 0 on, not -1",
                ),
                (
                    json!({"type": "Rule", "key": "r", "weight": 1.5}),
                    "`weight` takes a number from 0 to 1, not 1.5",
                ),
                (json!({"type": "Rule", "key": "r", "weight": -0.1}), "`weight` takes a number from 0 to 1"),
                (
                    json!({"type": "Slot", "key": "s", "name": "S", "position": 0}),
                    "`position` takes a number from 1 on",
                ),
                (
                    json!({"type": "Asset", "key": "a", "title": "A", "currency": "EURO"}),
                    "three capital letters",
                ),
            ],
        )
        .await;
        take_all(
            &gateway,
            &[
                fact("impressions", json!(0)),
                json!({"type": "Rule", "key": "r", "weight": 1}),
                json!({"type": "Rule", "key": "s", "weight": 0, "priority": -3}),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_needs_its_currency() {
    both(|gateway| async move {
        let fact = |territory: &str, more: Value| {
            let mut fact = json!({"type": "PerformanceFact", "day": "2026-05-01", "territory": territory});
            fact.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            fact
        };
        // The currency may come with another line on the same fact, or be there already.
        take_all(
            &gateway,
            &[
                fact("DE", json!({"cost": 1})),
                fact("DE", json!({"currency": "EUR", "revenue": 2})),
                fact("AT", json!({"cost": 3, "currency": "EUR"})),
                fact("CH", json!({"impressions": 3})),
            ],
        )
        .await;
        take_all(&gateway, &[fact("AT", json!({"revenue": 4})), fact("CH", json!({"currency": null}))]).await;
        refuses(
            &gateway,
            &[
                (fact("FR", json!({"cost": 4.2})), "`cost` needs `currency`, which nothing gives"),
                (fact("IT", json!({"revenue": 4.2})), "`revenue` needs `currency`, which nothing gives"),
                (fact("CH", json!({"cost": 0})), "`cost` needs `currency`, which nothing gives"),
                (fact("ES", json!({"cost": 1, "currency": null})), "`cost` needs `currency`, which is empty"),
                (
                    fact("AT", json!({"currency": null})),
                    "`currency` cannot be emptied where there is a `cost`",
                ),
            ],
        )
        .await;
        // A line that was to give it and is rejected gives nothing.
        let report = take(
            &gateway,
            text(&[
                fact("PL", json!({"cost": 1})),
                fact("PL", json!({"currency": "PLN", "impressions": -1})),
            ]),
            false,
        )
        .await;
        assert_eq!(report.rejected_total, 2, "{:?}", report.rejected);
        let all_gone = json!({"cost": null, "revenue": null, "currency": null});
        take_all(&gateway, &[fact("AT", all_gone), fact("DE", json!({"cost": 5, "currency": "EUR"}))]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_needed_is_told_by_the_last_line_that_names_it() {
    both(|gateway| async move {
        let fact = |more: Value| {
            let mut fact = json!({"type": "PerformanceFact", "day": "2026-05-01"});
            fact.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            fact
        };
        let gone = || fact(json!({"cost": null, "revenue": null, "currency": null}));
        let needs = "`cost` needs `currency`, which nothing gives";
        let emptied = "`currency` cannot be emptied where there is a `cost`";
        let whole = || fact(json!({"cost": 3, "currency": "EUR"}));
        let files = [
            (vec![gone(), fact(json!({"cost": 7}))], vec![(2, needs)]),
            (vec![fact(json!({"currency": null})), whole()], vec![]),
            (vec![fact(json!({"cost": 8})), fact(json!({"currency": null}))], vec![(2, emptied)]),
            (vec![fact(json!({"currency": null})), fact(json!({"cost": null}))], vec![]),
            // Of several lines that leave it wanting each is told, but none before the last that does not.
            (
                vec![
                    gone(),
                    fact(json!({"cost": 1})),
                    gone(),
                    fact(json!({"cost": 2})),
                    fact(json!({"cost": 3})),
                ],
                vec![(4, needs), (5, needs)],
            ),
            // What a line that is rejected had given, nothing gives.
            (
                vec![
                    gone(),
                    fact(json!({"currency": "EUR", "variant": "nowhere"})),
                    fact(json!({"cost": 2})),
                ],
                vec![(2, "`variant` names the Variant nowhere"), (3, needs)],
            ),
        ];
        for (lines, wrong) in files {
            take_all(&gateway, &[whole()]).await;
            let report = take(&gateway, text(&lines), false).await;
            let told: Vec<u64> = report.rejected.iter().map(|rejection| rejection.line).collect();
            let expected: Vec<u64> = wrong.iter().map(|(line, _)| *line).collect();
            assert_eq!(told, expected, "{lines:?}: {:?}", report.rejected);
            for (rejection, (_, reason)) in report.rejected.iter().zip(&wrong) {
                assert!(rejection.reason.contains(reason), "{lines:?}: {}", rejection.reason);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_amount_needs_its_currency() {
    both(|gateway| async move {
        take_all(&gateway, &[json!({"type": "Source", "key": "import"})]).await;
        let with = |noun: &str, name: &str, field: &str| {
            let mut line = json!({"type": noun, "key": field});
            line[name] = json!("N");
            line[field] = json!(4.2);
            line
        };
        let amounts = [
            ("Asset", "title", "productionCost"),
            ("Campaign", "name", "budgetedCost"),
            ("Campaign", "name", "actualCost"),
        ];
        for (noun, name, field) in amounts {
            let reason = format!("`{field}` needs `currency`, which nothing gives");
            refuses(&gateway, &[(with(noun, name, field), &reason)]).await;
            take_all(
                &gateway,
                &[with(noun, name, field), json!({"type": noun, "key": field, "currency": "EUR"})],
            )
            .await;
            let emptied = format!("`currency` cannot be emptied where there is a `{field}`");
            refuses(&gateway, &[(json!({"type": noun, "key": field, "currency": null}), &emptied)]).await;
        }
    })
    .await;
}

fn constraint(key: &str, more: Value) -> Value {
    let mut line = json!({"type": "RightsConstraint", "key": key});
    line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_compares_like_with_like() {
    both(|gateway| async move {
        let whole = |left: &str, right: Value| {
            constraint("c", json!({"leftOperand": left, "operator": "EQ", "rightOperand": right}))
        };
        take_all(&gateway, &[json!({"type": "Brand", "key": "b", "name": "B"})]).await;
        refuses(&gateway, &[
            (constraint("a", json!({"leftOperand": "COUNT", "rightOperand": ["1"]})), "`leftOperand` needs `operator`"),
            (constraint("b", json!({"leftOperand": "COUNT", "operator": "LT"})), "`leftOperand` needs `rightOperand`"),
            (whole("COUNT", json!([])), "`leftOperand` needs `rightOperand`, which is empty"),
            (whole("COUNT", json!(["-1"])), "`rightOperand` takes whole numbers from 0 on where `leftOperand` is COUNT, not \"-1\""),
            (whole("COUNT", json!([""])), "whole numbers from 0 on"),
            (whole("DATE_TIME", json!(["Friday"])), "takes moments such as"),
            (whole("SPATIAL", json!(["Germany"])), "ISO 3166 codes"),
            (whole("DELIVERY_CHANNEL", json!(["EMAIL", "FAX"])), "words of WEB, EMAIL"),
            (whole("RECIPIENT", json!([""])), "keys of type Audience"),
            (whole("RECIPIENT", json!(["nobody"])), "`rightOperand` names the Audience nobody, which is neither in the store"),
        ])
        .await;
        take_all(&gateway, &[
            constraint("moment", json!({"leftOperand": "DATE_TIME", "operator": "LT", "rightOperand": ["2026-05-01"]})),
            constraint("place", json!({"leftOperand": "SPATIAL", "operator": "IS_ANY_OF", "rightOperand": ["DE-BY", "EU"]})),
            constraint("people", json!({"leftOperand": "RECIPIENT", "operator": "EQ", "rightOperand": ["known"]})),
            json!({"type": "Audience", "key": {"source": "crm", "key": "known"}, "name": "Known"}),
        ])
        .await;
        assert_eq!(line(&gateway, "RightsConstraint", "moment").await["rightOperand"], json!(["2026-05-01T00:00:00Z"]));
        // What goes with its own line takes the constraint along.
        refuses(&gateway, &[
            (constraint("d", json!({"leftOperand": "RECIPIENT", "operator": "EQ", "rightOperand": ["gone"]})), "names the Audience gone"),
            (json!({"type": "Audience", "key": "gone"}), "a new Audience needs `name`"),
        ])
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_may_be_changed_by_halves() {
    both(|gateway| async move {
        take_all(
            &gateway,
            &[
                constraint("c", json!({"operator": "LT", "rightOperand": ["2026-05-01"]})),
                constraint("c", json!({"leftOperand": "DATE_TIME"})),
                constraint("n", json!({"leftOperand": "COUNT", "operator": "LT", "rightOperand": ["5"]})),
            ],
        )
        .await;
        assert_eq!(
            line(&gateway, "RightsConstraint", "c").await["rightOperand"],
            json!(["2026-05-01T00:00:00Z"])
        );
        take_all(
            &gateway,
            &[
                constraint("c", json!({"rightOperand": ["2027-05-01"]})),
                constraint("n", json!({"rightOperand": ["6"]})),
            ],
        )
        .await;
        let changed = line(&gateway, "RightsConstraint", "c").await;
        assert_eq!(
            (&changed["leftOperand"], &changed["rightOperand"]),
            (&json!("DATE_TIME"), &json!(["2027-05-01T00:00:00Z"]))
        );
        assert_eq!(line(&gateway, "RightsConstraint", "n").await["rightOperand"], json!(["6"]));
        for wrong in [
            (constraint("c", json!({"rightOperand": ["it's over"]})), "takes moments such as"),
            (constraint("n", json!({"leftOperand": "SPATIAL"})), "ISO 3166 codes"),
            (constraint("n", json!({"leftOperand": "RECIPIENT"})), "names the Audience 6"),
            (
                constraint("n", json!({"rightOperand": []})),
                "cannot be emptied where there is a `leftOperand`",
            ),
        ] {
            refuses(&gateway, &[wrong]).await;
        }
        // What a later line says otherwise need not fit; what stays of lines one of which is rejected must.
        take_all(
            &gateway,
            &[
                constraint("n", json!({"leftOperand": "DATE_TIME"})),
                constraint("n", json!({"rightOperand": ["DE"]})),
                constraint("n", json!({"leftOperand": "SPATIAL", "rightOperand": ["AT"]})),
            ],
        )
        .await;
        assert_eq!(line(&gateway, "RightsConstraint", "n").await["rightOperand"], json!(["AT"]));
        refuses(
            &gateway,
            &[
                (constraint("n", json!({"rightOperand": ["5"]})), "ISO 3166 codes"),
                (
                    constraint("n", json!({"leftOperand": "COUNT", "policy": "nowhere"})),
                    "RightsPolicy nowhere",
                ),
            ],
        )
        .await;
        take_all(&gateway, &[constraint("n", json!({"leftOperand": "COUNT", "rightOperand": ["6"]}))]).await;
        let report = take_all(&gateway, &[constraint("n", json!({"leftOperand": "COUNT"}))]).await;
        assert_eq!((report.added, report.changed), (0, 0));
    })
    .await;
}
