//! Approving: a realm with an approver, two sellers and a settlement server, all behind HTTP, and taps on the sellers' wires.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use approver::UserId;
use card::{ApprovalAsked, Approved, Checked, Want};
use deal::approval::Approval;
use reqwest::{Client, Response, StatusCode, header};
use seal::{Kind, Role as Certified};
use serde_json::{Value as Json, json};
use server::{
    config::{Role, Selling},
    running::{Running, start},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use units::ApprovalId;

use crate::{
    holder::{Holder, seed},
    publisher::{Shown, Work, publish},
    world::{OPERATOR, World, config, id},
};

/// What passed a wire, in both directions, as it passed.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    /// What passed since the last time.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// An address that leads to another, and hears everything.
pub struct Tap {
    pub address: String,
    pub heard: Heard,
    to: Arc<Mutex<Option<SocketAddr>>>,
}

impl Tap {
    /// Listens; leads nowhere until it is told where.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tap = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            heard: Heard::default(),
            to: Arc::default(),
        };
        let (to, heard) = (tap.to.clone(), tap.heard.clone());
        tokio::spawn(async move {
            while let Ok((inner, _)) = listener.accept().await {
                let (to, heard) = (*to.lock().unwrap(), heard.clone());
                tokio::spawn(async move {
                    if let Some(to) = to
                        && let Ok(outer) = TcpStream::connect(to).await
                    {
                        let ((a, b), (c, d)) = (inner.into_split(), outer.into_split());
                        tokio::join!(pass(a, d, heard.clone()), pass(c, b, heard));
                    }
                });
            }
        });
        tap
    }
    /// Where it leads from now on.
    pub fn lead(&self, to: SocketAddr) {
        *self.to.lock().unwrap() = Some(to);
    }
}

async fn pass(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf, heard: Heard) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(len) = from.read(&mut bytes).await {
        if len == 0 || to.write_all(&bytes[..len]).await.is_err() {
            break;
        }
        heard.0.lock().unwrap().extend_from_slice(&bytes[..len]);
    }
    let _ = to.shutdown().await;
}

/// A seller with a work on its shelf, and everything on its wires.
pub struct Seller {
    pub name: &'static str,
    pub running: Running,
    pub shown: Shown,
    pub tap: Tap,
}

/// The realm.
pub struct Approving {
    /// By so many milliseconds the approver's clock is ahead.
    pub ahead: Arc<std::sync::atomic::AtomicU64>,
    pub approver: Running,
    pub settlement: Running,
    /// The first has the settlement server, the second settles for itself.
    pub sellers: [Seller; 2],
    /// What sellers and approver say to one another.
    pub tap: Tap,
    pub browser: Client,
}

/// Somebody the approver knows.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: &'static str,
    pub password: &'static str,
    pub user: UserId,
    pub file: String,
    /// The cookies of a browser that is signed in.
    pub cookie: String,
}

/// What these sellers sell.
pub fn work(price: i64) -> Work {
    Work {
        price,
        content: b"It leaves at nine.".repeat(30),
        tenders: vec![license::TenderKind::Approval],
        ..Work::default()
    }
}

impl Approving {
    pub async fn start(world: &World, price: i64) -> Self {
        let config = |role, certified, name: &str| config(&world.maker, world.dir.path(), role, certified, name);
        // An approver knows settlement servers from the directory: it comes after them.
        let settles = || async {
            let mut settlement = config(Role::Settlement, Certified::Settler, "settlement");
            settlement.settling.shops = vec![id(&world.maker, Certified::Seller, "lantern")];
            let mut settlement = start(settlement).await.unwrap();
            settlement.ready().await;
            settlement
        };
        let settlement = settles().await;
        let tap = Tap::new().await;
        let mut approver = config(Role::Approver, Certified::Approver, "approver");
        approver.address = Some(tap.address.clone());
        approver.approving.cheap_passwords = true;
        approver.approving.prompts_a_minute = Some(1_000_000);
        let ahead = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let (hand, system) = (ahead.clone(), server::frame::Clock::system());
        approver.clock = server::frame::Clock::of(move || {
            let ahead = hand.load(std::sync::atomic::Ordering::Relaxed);
            system.now().plus(units::Span(ahead))
        });
        let mut approver = start(approver).await.unwrap();
        tap.lead(approver.addr);
        approver.ready().await;
        // And they know approvers from it: it hears of this one when it is started again.
        settlement.stop().await;
        let settlement = settles().await;
        let sellers = [
            Self::seller(world, "lantern", Some(settlement.id), price).await,
            Self::seller(world, "harbour", None, price).await,
        ];
        Self {
            ahead,
            approver,
            settlement,
            sellers,
            tap,
            browser: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    async fn seller(world: &World, name: &'static str, settles: Option<units::PartyId>, price: i64) -> Seller {
        let tap = Tap::new().await;
        let mut shop = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, name);
        shop.address = Some(tap.address.clone());
        shop.selling = Selling {
            issuer: Some(world.issuer.id),
            settles,
            ..Selling::default()
        };
        let mut running = start(shop).await.unwrap();
        tap.lead(running.addr);
        running.ready().await;
        let shown = publish(world, &running, name, &work(price)).await;
        Seller {
            name,
            running,
            shown,
            tap,
        }
    }

    fn at(&self, path: &str) -> String {
        // Not over the tap: that is where sellers speak to it.
        format!("http://{}{path}", self.approver.addr)
    }

    /// The operator's programs ask.
    pub async fn operate(&self, path: &str, body: &Json) -> Json {
        let request = self.browser.post(self.at(path)).bearer_auth(OPERATOR).json(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    /// Somebody becomes a user, and signs in.
    pub async fn person(&self, name: &'static str, password: &'static str, limit: i64) -> Person {
        let limit = json!({ "minor": limit.to_string(), "currency": "JPY" });
        let new = json!({ "name": name, "password": password, "limit": limit });
        let made = self.operate("/v1/users", &new).await;
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let answer = self.sign_in(name, password).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        Person {
            name,
            password,
            user: text("user").parse().unwrap(),
            file: text("file"),
            cookie: cookies(&answer),
        }
    }

    /// Tries a name and a password on the approver's page.
    pub async fn sign_in(&self, name: &str, password: &str) -> Response {
        self.form("/sign-in", "", &[("name", name), ("password", password)])
            .await
    }

    /// Posts a form as a page of the approver's does.
    pub async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
        let body: Vec<String> = fields
            .iter()
            .map(|(k, v)| format!("{k}={}", v.replace(' ', "+")))
            .collect();
        let request = self
            .browser
            .post(self.at(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, self.at(""))
            .header(header::COOKIE, cookie)
            .body(body.join("&"));
        request.send().await.unwrap()
    }

    /// A page of the approver's, as somebody signed in sees it.
    pub async fn page(&self, path: &str, cookie: &str) -> String {
        let request = self.browser.get(self.at(path)).header(header::COOKIE, cookie);
        request.send().await.unwrap().text().await.unwrap()
    }

    /// The approval in a payment, as the seller finds it there.
    pub fn approval_in(&self, world: &World, seller: &str, pay: &[u8]) -> Approval {
        let (secret, realm) = (world.maker.party_secret(Certified::Seller, seller), world.realm.id());
        let certificate = world
            .maker
            .party(Certified::Seller, seller)
            .unwrap()
            .certificate()
            .to_vec();
        let keys = party::PartyKeys::load(secret, realm, certificate).unwrap();
        let open = deal::wire::open_sealed(keys.opener(), Kind::Pay, pay).unwrap();
        let sheet = seal::parse::<deal::wire::PaySheet>(&open, Kind::Pay, realm).unwrap();
        let approval = sheet.claims().approval.clone().unwrap();
        seal::parse::<Approval>(&approval, Kind::Approval, realm)
            .unwrap()
            .claims()
            .clone()
    }

    /// A question as its terminal sends it; its number.
    pub async fn put(&self, ask: &[u8]) -> ApprovalId {
        let answer = self.post("/v1/approve", ask.to_vec()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        ApprovalId::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// What was decided, sealed to the terminal.
    pub async fn answer(&self, request: ApprovalId) -> Vec<u8> {
        let answer = self.post("/v1/approval", request.0.to_vec()).await;
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
        bytes.to_vec()
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> Response {
        let request = self.browser.post(self.at(path));
        request
            .header(header::CONTENT_TYPE, "application/cbor")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// A terminal asks.
    pub async fn ask(&self, holder: &mut Holder, checked: &Checked) -> (ApprovalAsked, ApprovalId) {
        let price = checked.quote().price;
        let asked = holder
            .card
            .ask_approval(checked, self.approver.id, price, &seed())
            .unwrap();
        let id = self.put(&asked.ask).await;
        (asked, id)
    }

    /// Somebody looks at the question and says yes.
    pub async fn agree(&self, person: &Person, request: ApprovalId) {
        let path = format!("/approve/{request}");
        let page = self.page(&path, &person.cookie).await;
        let form = between(&page, "name=\"form\" value=\"", "\"");
        let yes = [("form", form), ("means", "credit"), ("answer", "yes")];
        let answer = self.form(&path, &person.cookie, &yes).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    /// The terminal fetches what was decided.
    pub async fn fetch(
        &self,
        holder: &Holder,
        checked: &Checked,
        asked: &ApprovalAsked,
        request: ApprovalId,
    ) -> Approved {
        let sealed = self.answer(request).await;
        holder
            .card
            .approved(checked, asked, &sealed, crate::world::now())
            .unwrap()
    }

    /// From asking for the price to a payment that is ready to be sent.
    pub async fn ready_to_pay(&self, world: &World, holder: &mut Holder, person: &Person, seller: &Seller) -> Vec<u8> {
        let shown = &seller.shown;
        let checked = holder.ask(world, &seller.running, shown.number, &shown.sheet).await;
        let (asked, request) = self.ask(holder, &checked).await;
        self.agree(person, request).await;
        let approved = self.fetch(holder, &checked, &asked, request).await;
        let want = Want {
            approval: Some(approved),
            ..Want::default()
        };
        holder.commit(&checked, &want).1
    }

    /// A whole purchase.
    pub async fn buy(&self, world: &World, holder: &mut Holder, person: &Person, seller: &Seller) {
        let pay = self.ready_to_pay(world, holder, person, seller).await;
        let settled = holder.finish(world, &seller.running, &pay).await;
        assert!(
            matches!(settled, card::Settled::Given { license: Some(_), .. }),
            "{settled:?}"
        );
    }

    pub async fn stop(self) {
        for seller in self.sellers {
            seller.running.stop().await;
        }
        self.settlement.stop().await;
        self.approver.stop().await;
    }
}

/// The cookies that an answer sets, as a browser sends them.
pub fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = set.map(|v| v.to_str().unwrap().split(';').next().unwrap()).collect();
    pairs.join("; ")
}

/// What stands between two texts.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split_once(to).unwrap().0
}
