//! The extractors for axum.

use axum::{Router, routing::get};
use http::StatusCode;
use tower_consent::{ConsentLayer, Decision, axum::Visitor, store::Memory, testing::Client};

use super::news_site::policy;

async fn told(decision: Decision, visitor: Option<Visitor>) -> String {
    let granted: Vec<&str> = decision.granted().map(|id| id.as_str()).collect();
    let same = visitor.map(|visitor| visitor.0) == decision.visitor();
    format!("{} {} {same}", granted.join(","), visitor.is_some())
}

fn app() -> Router {
    Router::new()
        .route("/", get(told))
        .route("/visitor", get(|visitor: Option<Visitor>| async move { visitor.is_some().to_string() }))
}

#[tokio::test]
async fn handlers_are_given_decision_and_visitor() {
    let policy = policy();
    let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    let mut visitor = Client::new(app().layer(layer), &policy);
    assert_eq!(visitor.visit("/").await.text(), "necessary false true");
    let centre = visitor.visit_centre().await;
    visitor.choose(&centre, ["metrics"]).await;
    assert_eq!(visitor.visit("/").await.text(), "metrics,necessary true true");
    assert_eq!(visitor.visit("/visitor").await.text(), "true");
    visitor.withdraw().await;
    assert_eq!(visitor.visit("/").await.text(), "necessary true true");
}

#[tokio::test]
async fn without_the_layer_the_answer_says_what_to_add() {
    for path in ["/", "/visitor"] {
        // The layer is there, but around other routes: what `route_layer` and the order of calls can lead to.
        let policy = policy();
        let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
        let covered: Router = Router::new().route("/_consent/{*rest}", get(|| async {})).layer(layer);
        let page = Client::new(app().merge(covered), &policy).visit(path).await;
        assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            page.text().contains("add `.layer(ConsentLayer::new(policy, store)?)` to the router"),
            "{}",
            page.text()
        );
    }
}
