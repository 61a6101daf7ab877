//! Approvals per second over HTTP, each durable before it is answered: issued (a terminal's question, its user's yes, the sealed
//! approval), and redeemed (permission asked, settled told), beside the bound that their cryptography sets on this machine:
//! the same signatures and seals, done in a loop on one core in the same run, times the cores.
//!
//! `cargo bench -p keyfare-server --bench approval [-- APPROVALS]`
#![allow(clippy::unwrap_used)] // a bench that cannot start says why and stops

#[path = "../tests/http/approving.rs"]
#[allow(dead_code)]
mod approving;
#[path = "../tests/http/holder.rs"]
#[allow(dead_code)]
mod holder;
#[path = "../tests/http/publisher.rs"]
#[allow(dead_code)]
mod publisher;
#[path = "../tests/http/world.rs"]
#[allow(dead_code)]
mod world;

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use approving::{Approving, Person, between};
use deal::approval::{Approval, Redeem, RedeemOutcome, RedeemWord, Redeemed};
use futures::{StreamExt, stream};
use holder::{Holder, seed};
use seal::{Audience, Kind, Opener, Role as Certified, Secret, Signer};
use units::{ApprovalId, DealId, RealmId};
use world::World;

/// Requests under way at once.
const AT_ONCE: usize = 64;
/// Users: one person's approvals touch one row of the books.
const PEOPLE: usize = 8;
const PRICE: i64 = 10;

/// Signing, checking and sealing at the approver, counted in the code. Issued: it checks the tag's certificate, the question
/// and the seller's purchase, signs the approval and seals it. Redeemed: it checks the question and signs the answer, twice
/// (permission, settled); certificates of parties are checked with each.
const ISSUED: (f64, f64, f64) = (1.0, 4.0, 1.0);
const REDEEMED: (f64, f64, f64) = (2.0, 4.0, 0.0);

fn main() {
    let count: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(400);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (sign, verify, seal) = costs();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (issued, redeemed) = runtime.block_on(run(count));
    println!(
        "one core: sign {:.1} us, verify {:.1} us, seal {:.1} us; {cores} cores",
        sign * 1e6,
        verify * 1e6,
        seal * 1e6
    );
    println!("| what | approvals | per s | bound, per s | reached |");
    println!("|---|---|---|---|---|");
    for (what, took, counts) in [
        ("issued: asked, agreed, fetched", issued, ISSUED),
        ("redeemed: permitted, settled", redeemed, REDEEMED),
    ] {
        let rate = count as f64 / took.as_secs_f64();
        let bound = cores as f64 / (counts.0 * sign + counts.1 * verify + counts.2 * seal);
        println!(
            "| {what} | {count} | {rate:.0} | {bound:.0} | {:.0} % |",
            100.0 * rate / bound
        );
    }
}

/// Seconds of one `work` on one core.
fn each(mut work: impl FnMut()) -> f64 {
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_millis(400) {
        work();
        count += 1;
    }
    begun.elapsed().as_secs_f64() / f64::from(count)
}

fn costs() -> (f64, f64, f64) {
    let (signer, opener) = (Signer::new(&Secret::new([1; 32])), Opener::new(&Secret::new([2; 32])));
    let (realm, key, to) = (RealmId([3; 16]), signer.verify_key(), opener.seal_to());
    let body = minicbor::bytes::ByteVec::from(vec![7_u8; 400]);
    let signed = seal::sign(&signer, Kind::Record, realm, Audience::Anyone, &body);
    let drawn = seed();
    (
        each(|| {
            drop(black_box(seal::sign(
                &signer,
                Kind::Record,
                realm,
                Audience::Anyone,
                &body,
            )));
        }),
        each(|| {
            let parsed = seal::parse::<minicbor::bytes::ByteVec>(&signed, Kind::Record, realm).unwrap();
            black_box(parsed.verify(&key, Audience::Anyone).unwrap());
        }),
        each(|| drop(black_box(seal::seal_to(&to, "bench", b"", &signed, &drawn).unwrap()))),
    )
}

type Town = Arc<(World, Approving, Vec<Person>)>;

/// Runs `work` on every thing, at most so many at a time, on all cores.
async fn all<T, R, F>(things: impl IntoIterator<Item = T>, work: impl Fn(T) -> F) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let each = stream::iter(things).map(|thing| tokio::spawn(work(thing)));
    each.buffer_unordered(AT_ONCE).map(Result::unwrap).collect().await
}

async fn run(count: usize) -> (Duration, Duration) {
    let world = World::start().await;
    let approving = Approving::start(&world, PRICE).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let name: &'static str = Box::leak(format!("user-{n}@example.jp").into_boxed_str());
        people.push(approving.person(name, "a ferry at nine", 1_000_000).await);
    }
    let town: Town = Arc::new((world, approving, people));
    // Quotes, and what the cards ask, are made beforehand: the approver's work is measured.
    let asked = all(0..count, |n| {
        let town = town.clone();
        async move {
            let (world, approving, _) = &*town;
            let seller = &approving.sellers[1];
            let mut holder = Holder::born(world).await;
            let shown = &seller.shown;
            let checked = holder.ask(world, &seller.running, shown.number, &shown.sheet).await;
            let asked = holder
                .card
                .ask_approval(&checked, approving.approver.id, checked.quote().price, &seed())
                .unwrap();
            (n, holder, checked, asked)
        }
    })
    .await;
    let forms = forms(&town, &asked).await;
    let begun = Instant::now();
    let issued = all(
        asked.into_iter().zip(forms),
        |((n, holder, checked, asked), (request, form))| {
            let town = town.clone();
            async move {
                let (_, approving, people) = &*town;
                let person = &people[n % PEOPLE];
                let yes = [("form", form.as_str()), ("means", "credit"), ("answer", "yes")];
                let answer = approving
                    .form(&format!("/approve/{request}"), &person.cookie, &yes)
                    .await;
                assert_eq!(answer.status(), 303);
                (holder, checked, approving.answer(request).await, asked)
            }
        },
    )
    .await;
    let took_issued = begun.elapsed();
    let approvals: Vec<Approval> = issued
        .into_iter()
        .map(|(mut holder, checked, sealed, asked)| {
            let approved = holder.card.approved(&checked, &asked, &sealed, world::now()).unwrap();
            let want = card::Want {
                approval: Some(approved),
                ..card::Want::default()
            };
            let (_, pay) = holder.commit(&checked, &want);
            town.1.approval_in(&town.0, "harbour", &pay)
        })
        .collect();
    let words: Vec<[Vec<u8>; 2]> = approvals
        .iter()
        .map(|said| [RedeemWord::Permit, RedeemWord::Settled].map(|word| redeem(&town.0, said, word)))
        .collect();
    let begun = Instant::now();
    all(words, |[permit, settled]| {
        let town = town.clone();
        async move {
            for body in [permit, settled] {
                let answer = town.0.post(&town.1.approver, "redeem", body).await;
                let bytes = answer.bytes().await.unwrap();
                let told = seal::parse::<Redeemed>(&bytes, Kind::Redeemed, town.0.realm.id()).unwrap();
                assert!(!matches!(told.claims().outcome, RedeemOutcome::Refused(_)));
            }
        }
    })
    .await;
    let took_redeemed = begun.elapsed();
    let (world, approving, _) = Arc::into_inner(town).unwrap();
    approving.stop().await;
    world.stop().await;
    (took_issued, took_redeemed)
}

/// Asks for each, and opens its page, so that its user's yes is what is left.
async fn forms<A>(town: &Town, asked: &[(usize, Holder, A, card::ApprovalAsked)]) -> Vec<(ApprovalId, String)> {
    let mut found = Vec::new();
    for (n, _, _, asked) in asked {
        let (_, approving, people) = &**town;
        let request = approving.put(&asked.ask).await;
        let page = approving
            .page(&format!("/approve/{request}"), &people[n % PEOPLE].cookie)
            .await;
        found.push((request, between(&page, "name=\"form\" value=\"", "\"").to_owned()));
    }
    found
}

fn redeem(world: &World, said: &Approval, word: RedeemWord) -> Vec<u8> {
    let keys = world.maker.party(Certified::Seller, "harbour").unwrap();
    let mut deal = [0; 32];
    deal[..16].copy_from_slice(&said.id.0);
    let redeem = Redeem {
        word,
        approval: said.id,
        deal: DealId(deal),
        quote: said.quote,
        amount: said.amount,
        seller: said.seller,
        tag: said.tag,
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let to = Audience::from(said.approver);
    seal::sign(keys.signer(), Kind::Redeem, world.realm.id(), to, &redeem)
}
