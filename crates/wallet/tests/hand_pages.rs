//! The pages on which people hand a license on, over real HTTP: by files and by codes before a camera, in two languages; and
//! who cannot use them. The same over the API.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod stand;
mod town;

use std::sync::{Arc, atomic::Ordering};

use data_encoding::BASE64URL_NOPAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use stand::{Stand, between, place};
use town::{PIN, Town, yen};
use units::Refusal as _;
use wallet::Outcome;

async fn two() -> (Arc<Town>, Stand, Stand, String) {
    two_of(None).await
}

/// A player and a drive, as far as the card is concerned.
#[derive(Debug)]
struct Pair(u8);
impl wallet::devices::Devices for Pair {
    fn attached(&self) -> Option<wallet::devices::Attached> {
        Some(wallet::devices::Attached {
            player: format!("player-{}", self.0),
            drive: format!("drive-{}", self.0),
            shown: license::Shown {
                player: seal::Secret::new([self.0; 32]),
                drive: seal::Secret::new([self.0 + 1; 32]),
            },
        })
    }
}

/// The same; with devices, the giver's license is bound to these.
async fn two_of(devices: Option<Pair>) -> (Arc<Town>, Stand, Stand, String) {
    let town = Town::new();
    let work = town.work();
    let (giver, friend) = (town.card(1000).await, town.card(500).await);
    let mut want = card::Want::default();
    if let Some(pair) = devices {
        giver.wallet.attach(Arc::new(pair));
        want.bind = giver.wallet.own_bind().await.unwrap();
    }
    let checked = giver.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let bought = giver.wallet.pay(&checked, PIN, want).await.unwrap();
    let Outcome::Given { license: Some(id), .. } = bought else {
        panic!("{bought:?}")
    };
    giver.wallet.fetch(id).await.unwrap();
    town.shop_away.store(true, Ordering::SeqCst);
    town.issuer_away.store(true, Ordering::SeqCst);
    (town, Stand::of(giver).await, Stand::of(friend).await, id.to_string())
}

/// A code as a camera sees it: four pixels a square.
fn seen(text: &str) -> Vec<u8> {
    const SCALE: usize = 4;
    let drawn = courier::code::draw_text(text).unwrap();
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for line in drawn.lines() {
        let half = |light: fn(char) -> bool| {
            line.chars()
                .map(|c| if light(c) { 255 } else { 0 })
                .collect::<Vec<u8>>()
        };
        rows.push(half(|c| matches!(c, '\u{2588}' | '\u{2580}')));
        rows.push(half(|c| matches!(c, '\u{2588}' | '\u{2584}')));
    }
    let (wide, high) = (rows[0].len() * SCALE, rows.len() * SCALE);
    let mut out = vec![(wide >> 8) as u8, wide as u8, (high >> 8) as u8, high as u8];
    for row in rows {
        let line: Vec<u8> = row.iter().flat_map(|b| [*b; SCALE]).collect();
        for _ in 0..SCALE {
            out.extend_from_slice(&line);
        }
    }
    out
}

/// proves: SD-8 SD-9 SD-10 SD-13
#[tokio::test]
async fn a_license_crosses_by_files_through_the_pages() {
    let (_town, giver, friend, id) = two().await;
    assert!(giver.page("/hand-on").await.contains("Night Ferry"));
    let give = giver.page(&format!("/hand-on/{id}")).await;
    for said in [
        "Hand on",
        "You pay",
        "A copy for",
        "Give away Night Ferry? After this you can&#x27;t play it.",
        "2 more generations",
    ] {
        assert!(
            give.contains(said)
                || give.contains(&said.replace("&#x27;", "&#39;"))
                || give.contains(&said.replace("&#x27;", "'")),
            "{said}: {give}"
        );
    }
    let at = giver.path(
        &giver
            .submit(&give, &format!("/hand-on/{id}"), &[("kind", "copy")])
            .await,
    );
    let offer_page = giver.page(&at).await;
    assert!(offer_page.contains("<svg class=\"qr\"") && offer_page.contains("Let your friend scan this"));
    let offer = giver.file(&at).await;
    let receive = friend.page("/receive").await;
    // A foreign file and a damaged one are told apart, and change nothing.
    for (file, code) in [
        (b"GIF89a".to_vec(), "picture-unreadable"),
        (offer[..offer.len() - 1].to_vec(), "letter-damaged"),
    ] {
        let no = friend.open(&receive, &file).await;
        assert_eq!(no.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(no.text().await.unwrap().contains(code), "{code}");
    }
    let notice_at = friend.path(&friend.open(&receive, &offer).await);
    let notice = friend.page(&notice_at).await;
    let two_words = friend.person.wallet.words().await;
    for said in [
        "There is a fee for copying this: ",
        "\u{a5}100",
        "Agree and copy",
        "Minato Tape Works",
        &two_words,
    ] {
        assert!(notice.contains(said), "{said}: {notice}");
    }
    assert!(
        friend
            .page_in(&notice_at, "ja")
            .await
            .contains("このコピーには料金がかかります")
    );
    let wrong = friend.submit(&notice, &notice_at, &[("pin", "0000")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(500));
    let answer_at = friend.path(&friend.submit(&notice, &notice_at, &[("pin", PIN)]).await);
    assert!(answer_at.starts_with("/letters/answer/"));
    // Pressed twice it is paid once.
    assert_eq!(
        friend.path(&friend.submit(&notice, &notice_at, &[("pin", PIN)]).await),
        answer_at
    );
    let way = friend.page("/on-its-way").await;
    assert!(way.contains("is on its way. Your card set the fare aside"), "{way}");
    let key_at = giver.path(&giver.open(&offer_page, &friend.file(&answer_at).await).await);
    assert!(
        giver.page("/on-its-way").await.contains("is on its way to your friend"),
        "the giver sees it too"
    );
    let key = giver.file(&key_at).await;
    let answer_page = friend.page(&answer_at).await;
    let received_at = friend.path(&friend.open(&answer_page, &key).await);
    let received = friend.page(&received_at).await;
    assert!(
        received.contains("Finished. ") && received.contains("Night Ferry"),
        "{received}"
    );
    let done_at = format!("/letters/done/{}", received_at.rsplit('/').next().unwrap());
    friend.page(&done_at).await;
    let escrow = friend.page("/escrow").await;
    for said in ["\u{a5}100", "isn\u{2019}t yours to spend", "Why can"] {
        assert!(
            escrow.contains(said)
                || escrow.contains(&said.replace('\u{2019}', "&#39;"))
                || escrow.contains(&said.replace('\u{2019}', "'")),
            "{said}: {escrow}"
        );
    }
    // Online nobody answers just now: the fares stay, and the page says why.
    let stays = friend.submit(&escrow, "/escrow/send", &[]).await;
    assert!(stays.status() == StatusCode::OK && stays.text().await.unwrap().contains("Stays on your card for now"));
}

/// What is bound to a player and a drive is handed on only to somebody's own, and he says so on the page.
///
/// proves: CM-3 CM-5 SD-8
#[tokio::test]
async fn what_is_bound_to_devices_is_received_for_devices_by_page() {
    let (_town, giver, friend, id) = two_of(Some(Pair(40))).await;
    let cross = async |fields: &[(&str, &str)]| {
        let give = giver.page(&format!("/hand-on/{id}")).await;
        let sent = giver
            .submit(&give, &format!("/hand-on/{id}"), &[("kind", "copy")])
            .await;
        let at = giver.path(&sent);
        let (offer_page, offer) = (giver.page(&at).await, giver.file(&at).await);
        let receive = friend.page("/receive").await;
        let notice_at = friend.path(&friend.open(&receive, &offer).await);
        let notice = friend.page(&notice_at).await;
        let answer_at = friend.path(&friend.submit(&notice, &notice_at, fields).await);
        let key_at = giver.path(&giver.open(&offer_page, &friend.file(&answer_at).await).await);
        let key = giver.file(&key_at).await;
        let answer_page = friend.page(&answer_at).await;
        let received_at = friend.path(&friend.open(&answer_page, &key).await);
        (notice, friend.page(&received_at).await)
    };
    // Nothing is attached: nothing can be ticked. It comes back, with the fare and with what to do.
    let (notice, back) = cross(&[("pin", PIN)]).await;
    assert!(!notice.contains("name=\"bound\""), "{notice}");
    assert!(
        back.contains("Closed. ") && back.contains("attach your player and drive"),
        "{back}"
    );
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(500));
    // Attached and ticked, it arrives for these two.
    friend.person.wallet.attach(Arc::new(Pair(60)));
    let (notice, received) = cross(&[("pin", PIN), ("bound", "yes")]).await;
    assert!(notice.contains("on player player-60 with drive drive-60"), "{notice}");
    assert!(received.contains("Finished. "), "{received}");
    let shelf = friend.person.wallet.library().await;
    let bind = friend.person.wallet.own_bind().await.unwrap();
    assert_eq!(shelf.iter().map(|one| &one.held.bind).collect::<Vec<_>>(), [&bind]);
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(400));
}

/// proves: SD-8 SD-10
#[tokio::test]
async fn a_license_crosses_by_codes_before_a_camera() {
    let (_town, giver, friend, id) = two().await;
    let offered = giver
        .agent
        .post("/v1/hand-on/offer", &json!({"license": id, "kind": "copy"}))
        .await
        .unwrap();
    let show = |codes: &Value| -> Vec<Vec<u8>> {
        codes
            .as_array()
            .unwrap()
            .iter()
            .map(|text| seen(text.as_str().unwrap()))
            .collect()
    };
    async fn hold_up(to: &Stand, frames: Vec<Vec<u8>>) -> String {
        let page = to.page("/receive").await;
        let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
        let blank: Value = to
            .frame(&token, vec![0, 8, 0, 8].into_iter().chain([255; 64]).collect())
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(blank["none"], true);
        let last = frames.len();
        for (n, frame) in frames.into_iter().enumerate() {
            let told: Value = to.frame(&token, frame).await.json().await.unwrap();
            if n + 1 < last {
                assert_eq!(told["have"], n + 1);
            } else {
                return told["go"].as_str().unwrap().strip_prefix(&to.base).unwrap().to_owned();
            }
        }
        panic!("no frames")
    }
    let notice_at = hold_up(&friend, show(&offered["letter"]["codes"])).await;
    let notice = friend.page(&notice_at).await;
    let answer_at = friend.path(&friend.submit(&notice, &notice_at, &[("pin", PIN)]).await);
    let answer = friend.agent.get(&format!("/v1{answer_at}")).await.unwrap();
    let key_at = hold_up(&giver, show(&answer["codes"])).await;
    let key = giver.agent.get(&format!("/v1{key_at}")).await.unwrap();
    let received = hold_up(&friend, show(&key["codes"])).await;
    assert!(friend.page(&received).await.contains("Finished."));
    let parts = [&offered["letter"], &answer, &key]
        .map(|l| (l["bytes"].as_u64().unwrap(), l["codes"].as_array().unwrap().len()));
    assert!(
        parts.iter().all(|(bytes, codes)| *bytes < 3600 && *codes <= 4),
        "{parts:?}"
    );
}

/// proves: row-76
#[tokio::test]
async fn other_pages_upload_nothing_and_scan_nothing() {
    let (_town, giver, _friend, id) = two().await;
    let page = giver.page("/receive").await;
    let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
    for (token, origin) in [
        (token.as_str(), None),
        (token.as_str(), Some("http://evil.test")),
        ("", Some(giver.origin.as_str())),
    ] {
        let no = giver.upload(token, b"KEYFARE-L1", origin).await;
        assert_eq!(no.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(giver.frame("", vec![0; 8]).await.status(), StatusCode::FORBIDDEN);
    let back = giver
        .client
        .get(format!("{}{}/language/ja?to=//evil.test", giver.origin, giver.base))
        .send()
        .await
        .unwrap();
    assert_eq!(place(&back), format!("{}/", giver.base), "nobody is led away");
    assert!(
        giver.page(&format!("/hand-on/{id}")).await.contains("渡す"),
        "the chosen language stays"
    );
}

/// The API alone, between two wallets of one machine.
///
/// proves: SD-8 SD-9 SD-10
#[tokio::test]
async fn programs_hand_on_over_the_api_and_the_file_comes_along() {
    let (_town, giver, friend, id) = two().await;
    let all = giver.agent.get("/v1/hand-on").await.unwrap();
    assert_eq!(all["licenses"][0]["ways"][0]["fare"], "JPY 100");
    let offered = giver
        .agent
        .post("/v1/hand-on/offer", &json!({"license": id, "kind": "copy"}))
        .await
        .unwrap();
    let to = json!({"offer": offered["offer"], "wallet": friend.origin});
    giver.agent.post("/v1/hand-on/send", &to).await.unwrap();
    let arrived = friend.agent.get("/v1/receive").await.unwrap();
    let notice = &arrived["offers"][0];
    assert_eq!(
        (&notice["fare"], &notice["bought_for"]),
        (&json!("JPY 100"), &json!("JPY 300"))
    );
    let agreed = friend
        .agent
        .post("/v1/receive/agree", &json!({"quote": notice["quote"], "pin": PIN}))
        .await
        .unwrap();
    assert_eq!(
        (&agreed["outcome"]["outcome"], &agreed["letter"]),
        (&json!("given"), &Value::Null)
    );
    let library = friend.agent.get("/v1/library").await.unwrap();
    assert_eq!(
        library["licenses"][0]["package"]["state"], "here",
        "from the friend's wallet, without a shop"
    );
    let way = giver.agent.get("/v1/on-its-way").await.unwrap();
    assert_eq!(way["hand_overs"], json!([]));
    let answers = giver.agent.get("/v1/hand-on/answers").await.unwrap();
    assert_eq!(answers["answers"][0]["title"], "Night Ferry");
    let play = friend
        .agent
        .post("/v1/play", &json!({"license": library["licenses"][0]["license"]}))
        .await
        .unwrap();
    let heard = friend
        .client
        .get(play["content"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(heard.starts_with(b"PLAINTEXT-MARKER"));
    let carried = friend.agent.get("/v1/escrow").await.unwrap();
    assert_eq!(carried["carried"][0]["sum"], "JPY 100");
    // A move is asked for with the PIN, and says so.
    let no = giver
        .agent
        .post("/v1/hand-on/offer", &json!({"license": id, "kind": "move"}))
        .await
        .unwrap_err();
    assert_eq!(no.told(), "pin-needed");
    let file = BASE64URL_NOPAD.encode(b"KEYFARE-L9");
    let no = friend
        .agent
        .post("/v1/letters", &json!({"file": file}))
        .await
        .unwrap_err();
    assert_eq!(no.told(), "letter-newer");
}

// ---- the card in a reader ----------------------------------------------------------------------------------------------

/// A terminal's line to a wallet's card, as a reader carries it.
struct AtReader(wallet::contacts::AtContacts);

impl apdu::Link for AtReader {
    type Error = String;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, String> {
        pcsc::CardEnd::answer(&mut self.0, command).ok_or_else(|| "pulled".to_owned())
    }
}

/// Holders at a terminal that lies on its own screen: the receiver looks at his wallet's page instead.
struct Looks<'a> {
    stand: &'a Stand,
    run: tokio::runtime::Handle,
    page: String,
    pin: &'static str,
    waits: u32,
}

impl apdu::Holders for Looks<'_> {
    fn giver(&mut self, _: &apdu::Notice) -> Option<zeroize::Zeroizing<String>> {
        Some(PIN.to_owned().into())
    }
    fn receiver(&mut self, _: &apdu::Notice) -> Option<apdu::Word> {
        // Whatever it shows: nothing is typed here.
        Some(apdu::Word::OnHisScreen)
    }
    fn wait(&mut self) -> bool {
        self.waits += 1;
        if self.waits > 1 {
            return false;
        }
        let (stand, pin) = (self.stand, self.pin);
        self.page = self.run.block_on(async {
            let page = stand.page("/reader").await;
            let at = form_at(stand, &page);
            stand.submit(&page, &at, &[("pin", pin)]).await;
            page
        });
        true
    }
}

/// Where the form of a page goes, below the page key.
fn form_at(stand: &Stand, page: &str) -> String {
    let at = between(page, "method=\"post\" action=\"", "\"");
    at.strip_prefix(&stand.base).unwrap().to_owned()
}

/// What a wallet's card in a reader is asked to pay stands on its holder's own pages, whatever the terminal's screen says;
/// the word given there is for that quote alone, and the terminal goes on with exactly that.
///
/// proves: SD-8 row-28 row-80
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_in_a_reader_is_agreed_for_on_its_holders_own_pages() {
    let (_town, giver, friend, id) = two().await;
    // At terminals this card's PIN spends nothing.
    let (giving, taking) = (
        giver.person.wallet.at_contacts(1_000).await,
        friend.person.wallet.at_contacts(0).await,
    );
    assert!(friend.page("/reader").await.contains("Your card is in no reader"));
    let word = json!({"quote": units::Hash([0; 32]).to_string(), "pin": PIN});
    let no = friend.agent.post("/v1/reader/agree", &word).await.unwrap_err();
    assert_eq!(no.theirs(), Some("in-no-reader"));
    friend.desk.sits(taking.clone());
    let license: units::LicenseId = id.parse().unwrap();
    let handed = |pin: &'static str, friend: &Stand| {
        let run = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            let mut from = apdu::Terminal::new(AtReader(giving.clone()), apdu::Form::Extended);
            let mut to = apdu::Terminal::new(AtReader(taking.clone()), apdu::Form::Extended);
            from.select().unwrap();
            to.select().unwrap();
            let mut looks = Looks {
                stand: friend,
                run,
                page: String::new(),
                pin,
                waits: 0,
            };
            let what = apdu::What::License(license);
            let met = apdu::hand_over(&mut from, &mut to, deal::Kind::Copy, what, &mut looks);
            (met, looks.page)
        })
    };
    // A wrong PIN is counted, and nothing is agreed to.
    let (met, page) = handed("0000", &friend);
    assert_eq!(met.unwrap_err().refused().unwrap().code, "consent-missing");
    for said in [
        "There is a fee for copying this: ",
        "\u{a5}100",
        "Night Ferry",
        "/static/reader.js",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(500));
    assert!(friend.page("/").await.contains("A machine asks your card for"));
    // The terminal shows another quote after it: the old page's form agrees to nothing any more.
    let waits = friend.page("/reader").await;
    let old = form_at(&friend, &waits);
    let (met, _) = handed(PIN, &friend);
    let handed = met.unwrap();
    assert_eq!((handed.notice.fare, handed.license.is_some()), (yen(100), true));
    let stale = friend.submit(&waits, &old, &[("pin", PIN)]).await;
    assert_ne!(stale.status(), StatusCode::SEE_OTHER);
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(400));
    let told = friend.agent.get("/v1/reader").await.unwrap();
    assert_eq!(told["asked"], Value::Null);
}

/// Whoever asks last to be let in is not let in by a word that names nobody.
///
/// proves: ST-12
#[tokio::test]
async fn of_several_wallets_that_wait_the_owner_names_one() {
    let town = Town::new();
    let stand = Stand::of(town.card(0).await).await;
    let agree = async |body: Value| stand.agent.post("/v1/pairs/agree", &body).await.unwrap_err();
    let wallet = &stand.person.wallet;
    let first = wallet.pairing_arrived(b"the owner's own wallet".to_vec(), None);
    // One alone is meant: the card looks at it.
    let alone = agree(json!({ "pin": PIN })).await.told().to_owned();
    assert_ne!(alone, "pairing-several");
    let at = std::net::SocketAddr::from(([192, 168, 1, 9], 7000));
    let stranger = wallet::engine::Reply {
        address: at,
        name: Some("amber fox".to_owned()),
    };
    wallet.pairing_arrived(b"a stranger's, a moment later".to_vec(), Some(stranger));
    let no = agree(json!({ "pin": PIN })).await;
    assert_eq!(no.told(), "pairing-several");
    let named = agree(json!({ "pin": PIN, "pairing": first.to_string() })).await;
    assert_eq!(named.told(), alone);
    let shown = stand.agent.get("/v1/pairs").await.unwrap();
    let waiting = shown["waiting"].as_array().unwrap();
    assert_eq!(waiting.len(), 2);
    assert_eq!(
        (&waiting[1]["from"], &waiting[1]["at"]),
        (&json!("amber fox"), &json!("192.168.1.9:7000"))
    );
}
