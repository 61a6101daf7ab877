//! Copy management: content on media, each of which yields its keys once; bound copies, a borrowed medium, lent devices, a
//! repair, a lost card, and a gateway that charges and shares what it takes.

use std::collections::BTreeMap;

use copying::{
    BatchId, DeliveryId, DeviceKind, MediumId, UserId,
    device::{Body, Copier, Heard, Keeper, copy},
    gateway::Paying,
    server::{Decided, MediaBatch, Role},
    town::{Town, User},
    wire::Source,
};
use package::{About, ContentKey, Front, Geometry, Header, HeldNode, Package, Signatures, seal};
use party::{Party, Refused};
use units::{ContentId, Currency, Moment, Money, Refusal, Span};

use crate::{Books, Figures, Stuck, Tale, sale::song};

/// The figures of this story besides price and purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// How many media are pressed.
    pub count: u32,
    /// The gateway's share, in permille.
    pub gateway_permille: u32,
    /// Which ids a registration needs besides the card's: the player's, the drive's.
    pub bound: (bool, bool),
    /// When the story begins.
    pub now: Moment,
}

fn stuck(no: Refused) -> Stuck {
    Stuck {
        code: no.code().into(),
        text: no.to_string(),
    }
}
fn other(text: impl Into<String>) -> Stuck {
    Stuck {
        code: "story".into(),
        text: text.into(),
    }
}

/// The story's own people and things.
struct Scene {
    tale: Tale,
    town: Town,
    content: Vec<u8>,
    sealed: Vec<u8>,
    media: Vec<MediumId>,
    dir: tempfile::TempDir,
    figures: Figures,
    bound: (bool, bool),
}

/// Tells the story. A purse too small ends at the gateway, and no medium is used up.
pub fn copy_management(figures: &Figures, media: &Media) -> Result<Tale, Stuck> {
    let mut scene = Scene::set(figures, media)?;
    let (mut owner, name) = scene.registers("owner", 1)?;
    let Some(delivery) = scene.key(&mut owner)? else {
        return Ok(scene.end());
    };
    scene.copies(&mut owner, delivery)?;
    scene.borrowed()?;
    scene.lent(&owner, delivery)?;
    let repaired = if scene.bound.1 {
        scene.repaired(&mut owner)?
    } else {
        delivery
    };
    scene.reissued(&mut owner, name, repaired)?;
    scene.shares()?;
    Ok(scene.end())
}

impl Scene {
    fn set(figures: &Figures, media: &Media) -> Result<Self, Stuck> {
        let shares = [media.gateway_permille];
        let bound = media.bound;
        let mut town = Town::found(&figures.seed, media.now, &shares, |settings| {
            settings.needed.player = bound.0;
            settings.needed.drive = bound.1;
        })
        .map_err(other)?;
        let content = song(&figures.seed);
        let key = ContentKey::from_secret_bytes(*town.seed().expose());
        let geometry = Geometry::of(content.len() as u64).map_err(|no| other(no.to_string()))?;
        let about = About {
            title: "Winter Sun".into(),
            media_type: "audio/wav".into(),
            ..About::example()
        };
        let front = Front::assemble(Header::new(about, &key, geometry), Signatures::default(), Vec::new());
        let front = front.map_err(|no| other(no.to_string()))?;
        let mut sealed = Vec::new();
        seal(&front, &key, &content[..], &mut sealed, &mut |_| {}).map_err(|no| other(no.to_string()))?;
        let price = Money::new(figures.price, Currency::JPY).map_err(|no| other(no.to_string()))?;
        let (batch, package, now) = (BatchId(town.seed().id("batch")), front.package(), town.now);
        let (count, secret) = (media.count.max(1), *key.secret_bytes_for_wrapping());
        let made = town.at_server(move |server, tx| {
            let of = MediaBatch {
                id: batch,
                title: "Winter Sun",
                content: ContentId([2; 16]),
                package,
                key: &ContentKey::from_secret_bytes(secret),
                price,
                numbered: true,
                again: false,
            };
            server.make_media(tx, &Town::hand(Role::Maker, 1), &of, count, now)
        });
        let made = made.map_err(|no: copying::server::MakeRefused| stuck(Refused::by(&no)))?;
        let dir = tempfile::tempdir().map_err(|no| other(no.to_string()))?;
        let tale = Tale::new("copy-management");
        let mut scene = Self {
            tale,
            town,
            content,
            sealed,
            media: made,
            dir,
            figures: *figures,
            bound,
        };
        scene.says(
            "factory",
            format!("seals one content and presses {count} media of it, each with a MID of its own that the server knows, at {price}"),
            "CM-1",
        );
        Ok(scene)
    }

    fn says(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }
    fn refused(&mut self, who: &str, no: &Refused, before: &Books, shows: &'static str) {
        let after = self.books();
        self.tale.must(
            after == *before,
            format!("a refusal ({}) changed somebody's books", no.code()),
        );
        self.tale.refusal(who, no.code(), no.to_string(), Some(shows), after);
    }

    /// Everybody's books.
    fn books(&self) -> Books {
        let mut parties = BTreeMap::new();
        let server = self.town.server.clone();
        let sheet = self.town.disk.store().read(party::books::sheet).unwrap_or_default();
        parties.insert("server".to_owned(), named(sheet));
        let media = self.media.clone();
        let used = self.town.disk.store().read(move |view| {
            let mut used = 0;
            for id in &media {
                used += i64::from(server.medium(view, *id)?.is_some_and(|(_, copied)| copied.is_some()));
            }
            Ok::<_, store::Fault>(used)
        });
        if let Some(figures) = parties.get_mut("server") {
            figures.insert("media used".into(), used.unwrap_or(-1));
        }
        for post in &self.town.posts {
            let sheet = post.disk.store().read(party::books::sheet).unwrap_or_default();
            parties.insert("gateway".to_owned(), named(sheet));
        }
        let ids = self.town.posts.iter().map(|post| ("gateway", post.gateway.id()));
        let at_bank = ids
            .chain([("server", self.town.server.id())])
            .map(|(name, id)| (name.to_owned(), self.town.at_bank(id)));
        parties.insert("bank".to_owned(), at_bank.collect());
        Books {
            cards: BTreeMap::new(),
            parties,
        }
    }

    fn registers(&mut self, who: &str, n: u8) -> Result<(User, UserId), Stuck> {
        let mut user = self.town.user().map_err(stuck)?;
        user.way = self
            .town
            .customer(0, n, Paying::Prepaid, self.figures.purse)
            .map_err(stuck)?;
        let name = user.register(&mut self.town, "blue heron").map_err(stuck)?;
        let ids = match self.bound {
            (true, true) => "Client ID, HDD-ID and MC-ID",
            (true, false) => "Client ID and MC-ID",
            (false, true) => "HDD-ID and MC-ID",
            (false, false) => "MC-ID",
        };
        let says =
            format!("opens a prepaid account and registers with {ids}; the User ID comes back under the card's key");
        self.says(who, says, "CM-2");
        let secret = self
            .town
            .wire
            .iter()
            .any(|bytes| bytes.windows(16).any(|w| w == name.expose()));
        self.tale.must(!secret, "a User ID was on the wire");
        Ok((user, name))
    }

    /// The key of the first medium.
    fn key(&mut self, owner: &mut User) -> Result<Option<DeliveryId>, Stuck> {
        let before = self.books();
        let source = Source::Medium(self.media[0]);
        let most = Money::new(self.figures.price, Currency::JPY).map_err(|no| other(no.to_string()))?;
        let (bound, via, seed) = (owner.bound(), Some(self.town.posts[0].gateway.id()), self.town.seed());
        let ask = owner.keeper.ask_key(source, most, Some(bound), via, &seed);
        let ask = ask.map_err(|no| stuck(Refused::by(&no)))?;
        // This answer is lost on its way; the same question brings it again.
        match self.town.carry(&ask, owner.way) {
            Ok(_lost) => {}
            Err(no) => {
                owner.keeper.refused();
                self.tale.must(
                    no.code() == "balance-too-small",
                    format!("the owner was refused: {}", no.code()),
                );
                self.refused("owner", &no, &before, "CM-9");
                return Ok(None);
            }
        };
        let Heard::Given(delivery, charge) = owner.finish(&mut self.town).map_err(stuck)? else {
            return Err(other("the key did not come"));
        };
        let says = format!(
            "holds {}, passes MC-ID and what is sealed on, and charges for the key that came: {} its own, {} the server's",
            charge.amount, charge.gateway, charge.operator
        );
        self.says("gateway", says, "CM-9");
        self.says(
            "owner",
            "lost the answer and asks again: the same key, and no other charge",
            "CM-3",
        );
        Ok(Some(delivery))
    }

    fn copies(&mut self, owner: &mut User, delivery: DeliveryId) -> Result<(), Stuck> {
        let file = self.file(delivery);
        let who = Copier {
            keeper: &owner.keeper,
            player: owner.player.body(),
            drive: &owner.drive,
        };
        copy(&who, delivery, &self.sealed[..], &file, self.town.now, &mut |_, _| {}).map_err(|no| Stuck {
            code: no.code().into(),
            text: no.to_string(),
        })?;
        owner.report(&mut self.town, delivery).map_err(stuck)?;
        let erased = owner
            .keeper
            .grant(delivery)
            .is_some_and(|grant| grant.content.is_none());
        self.tale.must(erased, "the medium's key was left on the card");
        self.says(
            "player",
            "decrypts and re-encrypts piece by piece onto the drive; the Content-Key is erased, the copy reported",
            "CM-4",
        );
        let played = self.play(&owner.keeper, owner.player.body(), &owner.drive, delivery);
        self.tale
            .must(played.as_ref() == Ok(&self.content), "the copy does not play");
        self.says(
            "player",
            "plays the copy without a network, with this card, on this player and drive",
            "CM-5",
        );
        Ok(())
    }

    fn file(&self, delivery: DeliveryId) -> std::path::PathBuf {
        self.dir.path().join(format!("{delivery}.keyfare"))
    }

    fn play(&self, keeper: &Keeper, player: &Body, drive: &Body, delivery: DeliveryId) -> Result<Vec<u8>, Stuck> {
        let key = keeper.play_key(delivery, player, drive, self.town.now);
        let key = key.map_err(|no| Stuck {
            code: no.code().into(),
            text: no.to_string(),
        })?;
        let file = std::fs::File::open(self.file(delivery)).map_err(|no| other(no.to_string()))?;
        let mut package = Package::open(file).map_err(|no| other(no.to_string()))?;
        let keys = HeldNode::whole(&key, package.front().tree());
        let mut content = vec![0; usize::try_from(package.len()).unwrap_or(0)];
        package
            .read_at(0, &mut content, &keys)
            .map_err(|no| other(no.to_string()))?;
        Ok(content)
    }

    fn borrowed(&mut self) -> Result<(), Stuck> {
        let (mut friend, _) = self.registers("friend", 2)?;
        let before = self.books();
        let source = Source::Medium(self.media[0]);
        match friend.fetch(&mut self.town, source, self.figures.price.min(self.figures.purse)) {
            Ok(_) => self.tale.must(false, "a borrowed medium gave its key again"),
            Err(no) => self.refused("friend", &no, &before, "CM-6"),
        }
        Ok(())
    }

    fn lent(&mut self, owner: &User, delivery: DeliveryId) -> Result<(), Stuck> {
        let player = self.body(DeviceKind::Player)?;
        let before = self.books();
        match owner.keeper.play_key(delivery, &player, &owner.drive, self.town.now) {
            Ok(_) if !self.bound.0 => self.says(
                "friend",
                "plays with the lent card and drive: this server binds copies to no player",
                "CM-5",
            ),
            Ok(_) => self.tale.must(false, "lent devices play"),
            Err(no) => self.refused("friend", &Refused::by(&no), &before, "CM-5"),
        }
        Ok(())
    }

    fn body(&mut self, kind: DeviceKind) -> Result<Body, Stuck> {
        let made = self.town.devices(kind, 1).map_err(stuck)?;
        let made = made.into_iter().next().ok_or_else(|| other("nothing was made"))?;
        Ok(Body::new(made.id, kind, made.key))
    }

    /// The drive breaks and is exchanged; the owner copies again, for nothing.
    fn repaired(&mut self, owner: &mut User) -> Result<DeliveryId, Stuck> {
        let new = self.body(DeviceKind::Drive)?;
        let (keeper, broken, fresh, now) = (owner.keeper.body().id(), owner.drive.id(), new.id(), self.town.now);
        let seed = self.town.seed();
        let clerk = Town::hand(Role::Counter, 7);
        let done = self.town.at_server(move |server, tx| {
            server.repair(tx, &clerk, keeper, broken, fresh, "the drive fell down", now, &seed)
        });
        let Decided::Done(order) = done.map_err(|no: copying::server::DeskRefused| stuck(Refused::by(&no)))? else {
            return Err(other("a first repair waits for a second person"));
        };
        owner.drive = new;
        self.says(
            "operator",
            "exchanges the broken drive: its id is dead, the card is to be erased",
            "CM-7",
        );
        owner.erase(&mut self.town, &order).map_err(stuck)?;
        let source = Source::Medium(self.media[0]);
        let (delivery, charge) = owner.fetch(&mut self.town, source, 0).map_err(stuck)?;
        self.tale
            .must(charge.amount.is_zero(), "the second copy after a repair was charged");
        self.says(
            "card",
            "confirms the erasing; the medium is free for its owner alone, who asks again and pays nothing",
            "CM-7",
        );
        self.copies(owner, delivery)?;
        Ok(delivery)
    }

    fn reissued(&mut self, owner: &mut User, name: UserId, delivery: DeliveryId) -> Result<(), Stuck> {
        let fresh = Keeper::new(self.body(DeviceKind::Card)?);
        let lost = std::mem::replace(&mut owner.keeper, fresh);
        let before = self.books();
        match owner.reissue(&mut self.town, name.clone(), "grey heron") {
            Ok(_) => self.tale.must(false, "a wrong word brought a new card"),
            Err(no) => self.refused("thief", &no, &before, "CM-8"),
        }
        self.town.now = self.town.now.plus(Span::minutes(1));
        let count = owner.reissue(&mut self.town, name, "blue heron").map_err(stuck)?;
        self.says(
            "server",
            format!("makes a new card against User ID and word: {count} copies are on it, the lost one is dead"),
            "CM-8",
        );
        let played = self.play(&owner.keeper, owner.player.body(), &owner.drive, delivery);
        self.tale.must(
            played.as_ref() == Ok(&self.content),
            "what was copied does not play with the new card",
        );
        let dead = !self.bound.0 || owner.player.admits(lost.body().id(), self.town.now).is_err();
        self.tale.must(dead, "the player takes the lost card");
        self.says(
            "owner",
            "plays the old copy with the new card; the player takes the lost one no more",
            "CM-8",
        );
        Ok(())
    }

    /// The gateway pays what it owes, and everything is accounted for.
    fn shares(&mut self) -> Result<(), Stuck> {
        let gateway = self.town.posts[0].gateway.id();
        let owed = self
            .town
            .at_gateway(0, |gateway, tx| gateway.owes(tx))
            .map_err(|no: store::Fault| stuck(no.into()))?;
        if owed > 0 {
            let amount = Money::new(owed, Currency::JPY).map_err(|no| other(no.to_string()))?;
            self.town.deposit(gateway, amount).map_err(stuck)?;
        }
        let before = self.town.at_bank(self.town.server.id());
        self.town.settle(0).map_err(stuck)?;
        let paid = self.town.at_bank(self.town.server.id()).saturating_sub(before);
        self.tale.must(paid == owed, format!("{owed} was owed and {paid} paid"));
        self.says(
            "gateway",
            format!("pays the {owed} it owes by a cheque that the server brings to the bank"),
            "CM-10",
        );
        Ok(())
    }

    fn end(mut self) -> Tale {
        for finding in self.town.audit() {
            self.tale.must(false, finding);
        }
        self.tale
    }
}

/// A sheet of books without the long numbers of its accounts: sums by name.
fn named(sheet: Vec<(String, i64)>) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for (name, balance) in sheet {
        let short = name
            .rsplit_once(' ')
            .filter(|(_, id)| id.len() == 26)
            .map_or(name.as_str(), |(name, _)| name);
        let sum: &mut i64 = out.entry(short.to_owned()).or_default();
        *sum = sum.saturating_add(balance);
    }
    out
}
