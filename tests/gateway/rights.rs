//! Rights that end: an asset's own and those of what it derives from, and only where no permission goes on.

use serde_json::{Value, json};

use crate::support::both;

const DATA: &str = r#"{"type":"RightsPolicy","key":"till-june","title":"Till June","kind":"PERMISSION"}
{"type":"RightsConstraint","key":"c1","policy":"till-june","leftOperand":"DATE_TIME","operator":"LT","rightOperand":["2026-06-05T01:00:00+02:00"]}
{"type":"RightsPolicy","key":"till-december","title":"Till December","kind":"PERMISSION"}
{"type":"RightsConstraint","key":"c2","policy":"till-december","leftOperand":"DATE_TIME","operator":"LTEQ","rightOperand":["2026-12-31T00:00:00Z"]}
{"type":"RightsPolicy","key":"for-ever","title":"For ever","kind":"PERMISSION"}
{"type":"RightsConstraint","key":"c3","policy":"for-ever","leftOperand":"SPATIAL","operator":"EQ","rightOperand":["DE"]}
{"type":"RightsPolicy","key":"from-june","title":"From June","kind":"PERMISSION"}
{"type":"RightsConstraint","key":"c4","policy":"from-june","leftOperand":"DATE_TIME","operator":"GTEQ","rightOperand":["2026-06-01T00:00:00Z"]}
{"type":"RightsPolicy","key":"forbidden","title":"Forbidden","kind":"PROHIBITION"}
{"type":"RightsConstraint","key":"c5","policy":"forbidden","leftOperand":"DATE_TIME","operator":"LT","rightOperand":["2026-06-01T00:00:00Z"]}
{"type":"Asset","key":"ending","title":"ending","rights":["till-june"]}
{"type":"Asset","key":"later","title":"later","rights":["till-june","till-december"]}
{"type":"Asset","key":"open","title":"open","rights":["till-june","for-ever"]}
{"type":"Asset","key":"beginning","title":"beginning","rights":["from-june"]}
{"type":"Asset","key":"forbidden","title":"forbidden","rights":["forbidden"]}
{"type":"Asset","key":"none","title":"none"}
{"type":"Asset","key":"crop","title":"crop","derivedFrom":["ending"]}
{"type":"Asset","key":"crop-of-crop","title":"crop of crop","derivedFrom":["crop"]}
{"type":"Asset","key":"collage","title":"collage","derivedFrom":["ending","open"]}
{"type":"Asset","key":"dated","title":"dated","rights":[{"key":"for-ever","validTo":"2026-06-02T00:00:00Z"}]}
"#;

#[tokio::test]
async fn rights_end_where_every_permission_ends() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        for (before, titles) in [
            ("2026-06-01T00:00:00Z", vec![]),
            ("2026-06-04T23:00:00Z", vec!["dated"]),
            ("2026-06-04T23:00:01Z", vec!["crop", "crop of crop", "dated", "ending"]),
            ("2027-01-01T00:00:00+01:00", vec!["crop", "crop of crop", "dated", "ending", "later"]),
        ] {
            let query = "query($before: DateTime) { assets(filter: {rightsEndBefore: $before}, orderBy: {field: TITLE}) { totalCount edges { node { title } } } }";
            let data = gateway.data(query, json!({ "before": before })).await;
            let edges = data["assets"]["edges"].as_array().expect("edges");
            let found: Vec<&Value> = edges.iter().map(|edge| &edge["node"]["title"]).collect();
            assert_eq!(found, titles, "{before}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_edge_says_when_it_holds() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        let query = "{ asset(key: {source: \"import\", value: \"dated\"}) { rights { totalCount edges { __typename validFrom validTo node { title assets(first: 1) { edges { validTo node { title } } } } } } } }";
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(answer.statements(), 5);
        assert_eq!(
            answer.data()["asset"]["rights"],
            json!({ "totalCount": 1, "edges": [{
                "__typename": "AssetRightsEdge", "validFrom": null, "validTo": "2026-06-02T00:00:00Z",
                "node": { "title": "For ever", "assets": { "edges": [{ "validTo": null, "node": { "title": "open" } }] } },
            }] })
        );
    })
    .await;
}
