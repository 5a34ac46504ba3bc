//! The extractors for axum.

use axum::{Router, routing::get};
use http::StatusCode;
use tower_consent::{
    ConsentLayer, Decision, Visitor,
    store::{Error, Memory},
    testing::Client,
};

use super::news_site::{Shared, policy};

async fn told(decision: Decision, visitor: Option<Visitor>) -> String {
    let granted: Vec<&str> = decision.granted().map(|id| id.as_str()).collect();
    let same = visitor.as_ref().map(Visitor::id) == decision.visitor();
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

async fn signed_in(visitor: Option<Visitor>) -> Result<String, Error> {
    let visitor = visitor.expect("he has chosen");
    Ok(format!("{:?}", visitor.link("user-4711").await?.state))
}

#[tokio::test]
async fn a_link_that_cannot_be_written_is_answered_with_503_and_no_reason() {
    let (policy, store) = (policy(), Shared::default());
    let layer = ConsentLayer::new(policy.clone(), store.clone()).unwrap();
    let nameless = |visitor: Option<Visitor>| async move { visitor.unwrap().link("").await.map(|_| ()) };
    let app = Router::new().route("/signed-in", get(signed_in)).route("/nameless", get(nameless));
    let mut visitor = Client::new(app.layer(layer), &policy);
    let centre = visitor.visit_centre().await;
    visitor.choose(&centre, ["metrics"]).await;
    store.break_down(true);
    let answer = visitor.visit("/signed-in").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers().get("retry-after").unwrap(), "5");
    assert!(!answer.text().contains("no space") && answer.text().contains("try again"), "{}", answer.text());
    store.break_down(false);
    assert_eq!(visitor.visit("/signed-in").await.text(), "Made");
    assert_eq!(visitor.visit("/signed-in").await.text(), "Known");
    let answer = visitor.visit("/nameless").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.headers().get("retry-after").is_none());
    assert_eq!(store.kinds(), ["partial", "link", "link"]);
}
