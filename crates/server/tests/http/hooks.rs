//! Webhooks over HTTP: a publisher's program is told, signed, until it hears, and leads the shop nowhere else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use card::Want;
use data_encoding::BASE64;
use seal::{Role as Certified, Secret};
use serde_json::Value as Json;
use server::{frame::Clock, running::Running};
use tokio::{net::TcpListener, sync::mpsc};
use units::Moment;

use crate::{
    console::{Person, location, shop_that},
    holder::{Holder, seed},
    publisher::{Work, publish},
    world::{World, id, now},
};

/// A publisher's own program.
struct Ear {
    address: String,
    /// What it answers.
    status: Arc<AtomicU16>,
    heard: mpsc::UnboundedReceiver<(HeaderMap, String)>,
}

type Said = (Arc<AtomicU16>, mpsc::UnboundedSender<(HeaderMap, String)>);

async fn hear(
    State((status, heard)): State<Said>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    heard.send((headers, body)).unwrap();
    // Where a redirect would lead: to where it is already, so that whoever follows is heard twice.
    (
        StatusCode::from_u16(status.load(Relaxed)).unwrap(),
        [("location", "/told")],
    )
}

impl Ear {
    async fn open(status: u16) -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(status));
        let app = Router::new()
            .route("/told", post(hear))
            .with_state((status.clone(), tell));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = format!("http://{}/told", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { address, status, heard }
    }

    /// What comes next, signed with these secrets in this order: its number, and the event. The clock goes on until it comes.
    async fn next(&mut self, clock: &AtomicU64, secrets: &[&str]) -> (String, Json) {
        let (headers, body) = loop {
            if let Ok(heard) = tokio::time::timeout(Duration::from_secs(2), self.heard.recv()).await {
                break heard.unwrap();
            }
            clock.fetch_add(6_000, Relaxed);
        };
        let field = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(field("content-type"), "application/json");
        let (id, at) = (field("webhook-id"), field("webhook-timestamp"));
        let age = clock.load(Relaxed).abs_diff(at.parse::<u64>().unwrap() * 1000);
        assert!(age < 60_000, "{at}");
        let content = format!("{id}.{at}.{body}");
        let signed = secrets.iter().map(|secret| {
            let bytes = BASE64
                .decode(secret.strip_prefix("whsec_").unwrap().as_bytes())
                .unwrap();
            let mac = seal::mac(&Secret::from_slice(&bytes).unwrap(), &[content.as_bytes()]);
            format!("v1,{}", BASE64.encode(&mac))
        });
        assert_eq!(field("webhook-signature"), signed.collect::<Vec<_>>().join(" "));
        (id, serde_json::from_str(&body).unwrap())
    }
}

/// The shop, with a clock that a test puts forward.
async fn shop(world: &World, here: Option<bool>) -> (Running, Arc<AtomicU64>) {
    let clock = Arc::new(AtomicU64::new(now().0));
    let hand = clock.clone();
    let shop = shop_that(world, |config| {
        config.clock = Clock::of(move || Moment(hand.load(Relaxed)));
        config.selling.hooks_here = here;
    });
    (shop.await, clock)
}

struct Page<'a> {
    owner: &'a Person,
    path: String,
}

impl Page<'_> {
    async fn send(&self, rest: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        self.owner
            .send(&self.path, &format!("{}{rest}", self.path), fields)
            .await
    }

    /// A secret that is shown, once.
    async fn secret(&self, rest: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(rest, fields).await;
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{page}");
        let after = page.split("<p class=\"code\">whsec_").nth(1).unwrap();
        let secret = format!("whsec_{}", after.split('<').next().unwrap());
        // As the page has it in HTML.
        let secret = secret.replace("&#61;", "=").replace("&#43;", "+");
        assert!(!self.text().await.contains("whsec_"), "it is shown once");
        secret
    }

    async fn text(&self) -> String {
        self.owner.text(&self.path).await
    }

    async fn shows(&self, words: &str) {
        let mut page = String::new();
        for _ in 0..100 {
            page = self.text().await;
            if page.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{words}: {page}");
    }

    async fn hook(&self) -> String {
        let page = self.text().await;
        let rest = page.split("name=\"hook\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publishers_program_hears_of_sales_once_it_is_there_again() {
    let world = World::start().await;
    let (shop, clock) = shop(&world, None).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let page = Page {
        owner: &owner,
        path: format!("/console/{publisher}/hooks"),
    };
    let mut ear = Ear::open(503).await;
    let first = page.secret("", &[("address", &ear.address)]).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::rich(&world, 100).await;
    let (deal, license) = holder
        .buy(&world, &shop, shown.number, &shown.sheet, &Want::default())
        .await;
    // It is down, and comes back: the same event, under the same number.
    let (id, event) = ear.next(&clock, &[&first]).await;
    assert_eq!(
        (&event["type"], &event["data"]["deal"]),
        (&"sale.made".into(), &deal.to_string().into())
    );
    page.shows("Not heard at the first try.").await;
    page.shows("Answer: 503.").await;
    ear.status.store(204, Relaxed);
    assert_eq!(ear.next(&clock, &[&first]).await, (id.clone(), event.clone()));
    page.shows("Heard on").await;
    // What it says is what the list of sales says.
    let sales = owner.text(&format!("/console/{publisher}/sales.json")).await;
    let sales: Json = sales.parse().unwrap();
    assert_eq!(sales[0], event["data"]);

    // For a day what is said is signed with both secrets.
    let hook = page.hook().await;
    let second = page.secret("/roll", &[("hook", &hook)]).await;
    assert_eq!(page.send("/roll", &[("hook", &hook)]).await.status(), 409);
    assert_eq!(page.send("/test", &[("hook", &hook)]).await.status(), 200);
    let (other, event) = ear.next(&clock, &[&second, &first]).await;
    assert_eq!(event["type"], "hook.test");
    assert_ne!(other, id);

    // Handed back.
    let asked = holder.card.ask_surrender(license, shown.number, &seed()).unwrap();
    let checked = holder.quote(&world, &shop, &asked, None).await;
    let (_, pay) = holder.commit(&checked, &Want::default());
    holder.finish(&world, &shop, &pay).await;
    let (_, event) = ear.next(&clock, &[&second, &first]).await;
    assert_eq!(
        (&event["type"], &event["data"]["refunded"]["amount"]),
        (&"sale.refunded".into(), &100.into())
    );

    let removed = page.send("/remove", &[("hook", &hook)]).await;
    assert_eq!(
        (removed.status().as_u16(), location(&removed)),
        (303, page.path.clone())
    );
    page.shows("No address yet").await;
    assert_eq!(page.send("/test", &[("hook", &hook)]).await.status(), 404);
    shop.stop().await;
    world.stop().await;
}

/// proves: row-86
#[tokio::test(flavor = "multi_thread")]
async fn an_address_leads_the_shop_nowhere_but_to_itself() {
    let world = World::start().await;
    let (running, clock) = shop(&world, None).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&running, Some(publisher.clone()), "owner").await;
    let page = Page {
        owner: &owner,
        path: format!("/console/{publisher}/hooks"),
    };
    for no in [
        "http://books.example/told",
        "https://10.0.0.7/told",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/",
        "https://name:word@books.example/",
        "ftp://books.example/",
        "books.example",
    ] {
        let answer = page.send("", &[("address", no)]).await;
        assert_eq!(answer.status(), 409, "{no}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("private network"), "{no}: {text}");
    }
    // Sent on, it does not follow.
    let mut ear = Ear::open(307).await;
    let secret = page.secret("", &[("address", &ear.address)]).await;
    let hook = page.hook().await;
    page.send("/test", &[("hook", &hook)]).await;
    ear.next(&clock, &[&secret]).await;
    page.shows("Answer: 307.").await;
    assert!(ear.heard.try_recv().is_err());
    running.stop().await;

    // Where the shop's own machine is none of its publishers' business, what was added before is told nothing more; and a name
    // that leads there is looked at when it is connected to, whatever it led to when it was added.
    let (running, clock) = shop(&world, Some(false)).await;
    let owner = Person::invited(&running, Some(publisher.clone()), "owner").await;
    let page = Page {
        owner: &owner,
        path: page.path.clone(),
    };
    clock.fetch_add(60_000, Relaxed);
    assert_eq!(page.send("", &[("address", "http://127.0.0.1:9/")]).await.status(), 409);
    assert_eq!(page.send("", &[("address", "https://localhost/")]).await.status(), 409);
    page.send("/test", &[("hook", &hook)]).await;
    page.shows("No answer.").await;
    assert!(ear.heard.try_recv().is_err());
    page.send("/remove", &[("hook", &hook)]).await;
    let inside = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let turned = format!("https://localhost.:{}/told", inside.local_addr().unwrap().port());
    page.secret("", &[("address", &turned)]).await;
    let hook = page.hook().await;
    page.send("/test", &[("hook", &hook)]).await;
    page.shows("No answer.").await;
    let came = tokio::time::timeout(Duration::from_millis(500), inside.accept()).await;
    assert!(came.is_err(), "nobody connects to what is inside");
    running.stop().await;
    world.stop().await;
}
