//! What Weft relies on in async-graphql and what some of its versions do otherwise: keys in the order of the query,
//! and a failing field of a type that cannot be null taking its parent with it. An upgrade that breaks either shows here.

use async_graphql::{EmptyMutation, EmptySubscription, Object, Result, Schema};

struct Root;
struct Child;

#[Object]
impl Root {
    async fn slow(&self) -> &str {
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        "slow"
    }

    async fn quick(&self) -> &str {
        "quick"
    }

    async fn child(&self) -> Option<Child> {
        Some(Child)
    }

    async fn children(&self) -> Vec<Option<Child>> {
        vec![Some(Child), None, Some(Child)]
    }
}

#[Object]
impl Child {
    async fn fine(&self) -> i32 {
        1
    }

    async fn failing(&self) -> Result<i32> {
        Err("no".into())
    }
}

fn schema() -> Schema<Root, EmptyMutation, EmptySubscription> {
    Schema::new(Root, EmptyMutation, EmptySubscription)
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_query() {
    let response = schema().execute("{ slow quick again: slow }").await;
    let text = serde_json::to_string(&response.data).expect("JSON");
    assert_eq!(text, r#"{"slow":"slow","quick":"quick","again":"slow"}"#);
}

#[tokio::test]
async fn a_failing_field_that_cannot_be_null_takes_its_parent_with_it() {
    let response = schema().execute("{ quick child { fine failing } }").await;
    let text = serde_json::to_string(&response.data).expect("JSON");
    assert_eq!(text, r#"{"quick":"quick","child":null}"#);
    assert_eq!(response.errors.len(), 1);
    assert_eq!(response.errors[0].path.len(), 2);
}

#[tokio::test]
async fn a_list_may_hold_null_and_a_failing_item_nulls_only_itself() {
    let response = schema().execute("{ children { fine } }").await;
    let text = serde_json::to_string(&response.data).expect("JSON");
    assert_eq!(text, r#"{"children":[{"fine":1},null,{"fine":1}]}"#);
    let response = schema().execute("{ children { failing } }").await;
    let text = serde_json::to_string(&response.data).expect("JSON");
    assert_eq!(text, r#"{"children":[null,null,null]}"#);
    assert_eq!(response.errors.len(), 2);
}
