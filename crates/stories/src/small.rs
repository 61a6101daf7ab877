//! The small rendition (system 3): a work is heard on the wallet itself. Its publisher seals a small rendition under the same
//! license; or a trusted player at home makes one of what the wallet lent it, seals it anew for that wallet alone, and writes it
//! to a memory card. Paid with electronic money, as in system 2.

use card::{Card, Journal, PlayTicket};
use package::{About, ContentKey, Front, Geometry, Header, KeySource, Package, Signatures, StretchKey, Withheld};
use seal::ContentSecret;
use units::{Currency, LicenseId, Moment, Money};

use crate::{Books, Figures, Holder, InMemory, Listing, Parties, Player, Stuck, Tale, Work, player, sale};

fn stuck(text: impl ToString) -> Stuck {
    Stuck::other("small", &text.to_string())
}

/// Keys of stretches from any card, against one play.
struct FromCard<'a, J: Journal> {
    card: &'a Card<J>,
    ticket: PlayTicket,
    header: &'a Header,
    now: Moment,
}

impl<J: Journal> KeySource for FromCard<'_, J> {
    fn stretch(&self, index: u32) -> Result<StretchKey, Withheld> {
        let released = self.card.release(&self.ticket, self.header, index, self.now);
        released.map_err(|no| Withheld::by(&no))
    }
}

fn read<J: Journal>(card: &Card<J>, ticket: PlayTicket, sealed: &[u8], now: Moment) -> Result<Vec<u8>, Stuck> {
    let mut package = Package::open(sealed.to_vec()).map_err(|e| Stuck::of(&e))?;
    let header = package.front().header().clone();
    let keys = FromCard {
        card,
        ticket,
        header: &header,
        now,
    };
    let mut out = vec![0; usize::try_from(package.len()).unwrap_or(0)];
    let mut at = 0;
    while let Some(rest) = out.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match package.read_at(at as u64, rest, &keys).map_err(|e| Stuck::of(&e))? {
            0 => break,
            n => at += n,
        }
    }
    out.truncate(at);
    Ok(out)
}

/// A wallet plays what lies on a memory card, with the license it has: one of its plays.
fn plays(holder: &mut Holder, license: LicenseId, sealed: &[u8], now: Moment) -> Result<Vec<u8>, Stuck> {
    let package = Package::open(sealed.to_vec()).map_err(|e| Stuck::of(&e))?;
    let (header, signed) = (
        package.front().header().clone(),
        package.front().signatures().header.clone(),
    );
    holder
        .card
        .opens_version(license, &header, &signed)
        .map_err(|e| Stuck::of(&e))?;
    let seed = holder.draw();
    let ticket = holder.card.begin_play(license, now, &seed).map_err(|e| Stuck::of(&e))?;
    let ticket = holder
        .card
        .play_version(ticket, &header, &signed)
        .map_err(|e| Stuck::of(&e))?;
    read(&holder.card, ticket, sealed, now)
}

/// Half the samples: smaller, and still the song.
fn smaller(song: &[u8]) -> Vec<u8> {
    const HEAD: usize = 44;
    let samples = song.get(HEAD..).unwrap_or_default();
    let mut out: Vec<u8> = song.get(..HEAD).unwrap_or_default().to_vec();
    out.extend(samples.iter().step_by(2));
    out
}

/// Tells system 3.
pub fn small(figures: &Figures, plays: u32) -> Result<Tale, Stuck> {
    // 2004-02-11, nine in the morning in Tokyo.
    let now = Moment(1_076_457_600_000);
    let mut parties = InMemory::found(&figures.seed, Currency::JPY, now).map_err(stuck)?;
    let buyer = Holder::born("buyer", &mut parties, Currency::JPY, &figures.seed)?;
    let other = Holder::born("other", &mut parties, Currency::JPY, &figures.seed)?;
    let told = Told {
        tale: Tale::new("settlement"),
        parties: &mut parties,
        figures,
        wanted: plays,
        buyer,
        other,
    };
    told.tell()
}

struct Told<'a> {
    tale: Tale,
    parties: &'a mut InMemory,
    figures: &'a Figures,
    wanted: u32,
    buyer: Holder,
    other: Holder,
}

impl Told<'_> {
    fn step(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }

    fn books(&mut self) -> Books {
        let mut books = sale::books(&[&self.buyer, &self.other], self.parties);
        let left = self.buyer.card.state().licenses.values().next();
        let left = left.and_then(|held| held.rights.plays).unwrap_or_default();
        let plays = std::collections::BTreeMap::from([("left".to_owned(), i64::from(left))]);
        books.parties.insert("plays".into(), plays);
        books
    }

    fn tell(mut self) -> Result<Tale, Stuck> {
        let money = |minor| Money::new(minor, Currency::JPY).map_err(stuck);
        self.buyer.first_money(self.parties, money(self.figures.purse)?)?;
        self.step(
            "buyer",
            format!("has {} of electronic money", money(self.figures.purse)?),
            "ST-8",
        );
        let song = sale::song(&self.figures.seed);
        let work = Work {
            title: "Night Ferry".into(),
            content: song.clone(),
            media_type: "audio/wav".into(),
            price: self.figures.price,
            unique: false,
            handing: None,
        };
        let no = deal::enterprise::EnterpriseNo(2000);
        self.parties.numbered(no, Some(self.wanted));
        let listing = self.parties.publish(&work).map_err(stuck)?;
        let by_publisher = self
            .parties
            .publish_small(&listing, &work, &smaller(&song))
            .map_err(stuck)?;
        let says = format!(
            "seals the song ({} bytes) and a small rendition of it ({} bytes) under one license: number {}, {} plays, {}",
            song.len(),
            smaller(&song).len(),
            listing.number,
            self.wanted,
            money(self.figures.price)?
        );
        self.step("publisher", says, "ST-11");
        let bought = self
            .buyer
            .buy(self.parties, listing.number, &listing.sheet, &card::Want::default());
        let (deal, license) = match bought {
            Ok(bought) => bought,
            Err(no) => {
                let books = self.books();
                self.tale.refusal("card", &no.code, no.text, Some("ST-9"), books);
                return Ok(self.end());
            }
        };
        self.step("buyer", "buys one license for both, with electronic money", "ST-9");

        let memory_card = tempfile::tempdir().map_err(stuck)?;
        let on_card = memory_card.path().join("night-ferry-small.keyfare");
        std::fs::write(&on_card, &by_publisher).map_err(stuck)?;
        let sealed = std::fs::read(&on_card).map_err(stuck)?;
        let heard = plays(&mut self.buyer, license, &sealed, self.parties.now())?;
        self.tale
            .must(heard == smaller(&song), "what was heard is not the small rendition");
        self.step(
            "wallet",
            "reads the memory card, opens it with its license and plays: one of its plays",
            "ST-11",
        );
        if self.wanted > 1 {
            self.made_at_home(&listing, deal, license, &song, memory_card.path())?;
        }
        // A memory card that is lost takes nothing along.
        std::fs::remove_file(&on_card).map_err(stuck)?;
        let here = self.buyer.card.state().licenses.contains_key(&license);
        self.tale.must(here, "a lost memory card took the license along");
        self.step(
            "buyer",
            "loses the memory card: the license is on the wallet, and any copy of the file will do",
            "ST-11",
        );
        Ok(self.end())
    }

    /// The wallet lends its player a play, which is a right to convert; the player makes the small one inside.
    fn made_at_home(
        &mut self,
        listing: &Listing,
        deal: units::DealId,
        license: LicenseId,
        song: &[u8],
        memory_card: &std::path::Path,
    ) -> Result<(), Stuck> {
        let mut device = Player::made("player", self.parties, &self.figures.seed)?;
        let pair = player::pair(&mut self.buyer, &mut device, self.parties)?;
        let loan = player::lend(&mut self.buyer, &mut device, self.parties, pair, license, 1)?;
        self.step(
            "wallet",
            "lends its player at home one play: with it, the player may make a smaller one inside",
            "ST-11",
        );
        let (_, sealed) = self.parties.package(listing, deal).map_err(stuck)?;
        let now = self.parties.now();
        let ticket = device.card.begin_conversion(loan, now).map_err(|e| Stuck::of(&e))?;
        let plain = read(&device.card, ticket, &sealed, now)?;
        self.tale.must(plain == song, "what the player read is not the song");
        let made = self.seals_anew(&mut device, loan, &sealed, &smaller(&plain))?;
        let path = memory_card.join("night-ferry-home.keyfare");
        std::fs::write(&path, &made).map_err(stuck)?;
        let says = format!(
            "converts it inside, {} bytes to {}, seals it for that wallet alone and writes it to the memory card; no play is used",
            plain.len(),
            smaller(&plain).len()
        );
        self.step("player", says, "ST-11");
        player::give_back(&mut self.buyer, &mut device, self.parties, pair, loan)?;
        let sealed = std::fs::read(&path).map_err(stuck)?;
        let heard = plays(&mut self.buyer, license, &sealed, now)?;
        self.tale
            .must(heard == smaller(song), "what was heard is not what the player made");
        self.step(
            "wallet",
            "has its play back, reads the memory card and plays: one of its plays",
            "ST-11",
        );
        let denied = plays(&mut self.other, license, &sealed, now);
        self.tale.must(denied.is_err(), "another wallet opened the memory card");
        let no = denied.err().unwrap_or_else(|| stuck("it played"));
        let books = self.books();
        self.tale.refusal(
            "other",
            &no.code,
            "copies the memory card; it opens for no other wallet",
            Some("ST-11"),
            books,
        );
        Ok(())
    }

    fn seals_anew(&mut self, device: &mut Player, loan: LicenseId, of: &[u8], small: &[u8]) -> Result<Vec<u8>, Stuck> {
        let original = Package::open(of.to_vec()).map_err(|e| Stuck::of(&e))?;
        let of = original.front().header();
        let seed = device.draw();
        let secret = ContentSecret::from_slice(seed.part("rendition").expose()).ok_or_else(|| stuck("no key"))?;
        let key = ContentKey::from_secret_bytes(*secret.expose());
        let about = About {
            realm: of.realm,
            content: of.content,
            publisher: of.publisher,
            title: of.title.clone(),
            kind: of.kind,
            media_type: of.media_type.clone(),
            edition: of.key.edition,
            delivery: of.delivery,
            policy: of.policy.clone(),
            offers: Vec::new(),
            preview: None,
            shop: of.shop.clone(),
            sets: Vec::new(),
            sha256: None,
            made: Some(self.parties.now()),
        };
        let geometry = Geometry::of(small.len() as u64).map_err(stuck)?;
        let header = Header::new(about, &key, geometry);
        let signed = device.card.sign_rendition(loan, &header, &secret, &seed);
        let signatures = Signatures {
            header: signed.map_err(|e| Stuck::of(&e))?,
            ..Signatures::default()
        };
        let front = Front::assemble(header, signatures, Vec::new()).map_err(|e| Stuck::of(&e))?;
        let mut sealed = Vec::new();
        package::seal(&front, &key, small, &mut sealed, &mut |_| {}).map_err(|e| Stuck::of(&e))?;
        Ok(sealed)
    }

    fn end(self) -> Tale {
        let plays = self.tale.books.parties.get("plays").cloned();
        let mut told = sale::finish(self.tale, self.parties, &[&self.buyer, &self.other], self.figures);
        if let Some(plays) = plays {
            told.books.parties.insert("plays".into(), plays);
        }
        told
    }
}
