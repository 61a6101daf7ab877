//! Fares: a publisher's own page, its files, and who may see them.

use server::config::Role;

use crate::world::{OPERATOR, World, config};

/// proves: SD-23 row-85 row-93
#[tokio::test]
async fn only_the_publishers_people_see_what_came_home_and_no_name_runs_on_their_page() {
    let world = World::start().await;
    let mut config = config(
        &world.maker,
        world.dir.path(),
        Role::Collector,
        seal::Role::Collector,
        "Minato Tape Works",
    );
    config.selling.issuer = Some(world.issuer.id);
    let mut collector = server::running::start(config).await.unwrap();
    collector.ready().await;
    for path in ["/fares", "/fares.csv", "/fares.json"] {
        let answer = world.get(&collector, path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert!(
            answer.headers().contains_key("www-authenticate"),
            "a browser asks its user"
        );
    }
    let content = units::ContentId([3; 16]);
    let named = |token: &'static str| {
        let request = world.client.put(format!("{}/v1/titles/{content}", collector.address));
        let request = request.bearer_auth(token).header("content-type", "application/json");
        request.body(r#"{"name":"<script>alert(1)</script>"}"#).send()
    };
    assert_eq!(named("somebody").await.unwrap().status(), 401);
    assert_eq!(named(OPERATOR).await.unwrap().status(), 204);
    let get = |path: &str| {
        let request = world.client.get(format!("{}{path}", collector.address));
        request.basic_auth("anybody", Some(OPERATOR)).send()
    };
    let page = get("/fares").await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    assert!(html.contains("No copies yet") && html.contains("<svg") && html.contains("<table"));
    let in_japanese = get("/ja/fares").await.unwrap().text().await.unwrap();
    assert!(in_japanese.contains("<html lang=\"ja\">"), "{in_japanese}");
    assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
    let csv = get("/fares.csv").await.unwrap().text().await.unwrap();
    assert_eq!(csv, "at,path,title,name,minor,currency,slip,deal,machine,answer\r\n");
    let json: server::collector::Fares = get("/fares.json").await.unwrap().json().await.unwrap();
    assert_eq!((json.sum.minor.as_str(), json.paths.len(), json.more), ("0", 6, false));
    assert_eq!(json.publisher, collector.id.to_string());
    collector.stop().await;
    world.stop().await;
}
