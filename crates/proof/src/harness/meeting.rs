//! Meeting: what a holder's program does when two cards meet. It asks, lets its own card give, carries every word there and
//! back, and says again what is open. All of it travels as letters, which get lost and come twice and late like any other.

use card::{Decided, GiveRefusal, Heard, Permit, Want};
use deal::{Kind, wire::Ask};
use seal::cbor;
use units::{Hash, LicenseId, Moment, Refusal, Span};

use super::{
    agenda::{End, Letter},
    person::{Awaited, PIN, Person, Question},
    scene::Scene,
};

impl Person {
    /// Wants what a friend's card has.
    pub fn asks_friend(&mut self, scene: &mut Scene, friend: usize, kind: Kind, offer: Hash) {
        let seed = self.seed(scene);
        let Some(card) = &self.card else { return };
        let asked = match kind {
            Kind::Copy => card.ask_copy(Some(offer), &seed),
            Kind::Move => card.ask_move(Some(offer), &seed),
            _ => card.ask_locked(Some(offer), &seed),
        };
        match asked {
            Ok(asked) => {
                let letter = Letter::Ask(asked.bytes());
                let call = scene.letter(self.number, friend, None, letter);
                let question = Question {
                    asked,
                    sheet: None,
                    want: Want::default(),
                    to: End::Person(friend),
                };
                self.awaits(call, Awaited::Quote(Box::new(question)));
            }
            Err(no) => scene.say(|| format!("card {} does not ask: {}", self.number, no.code())),
        }
    }

    /// Says one thing to a friend's card.
    pub fn says(&self, scene: &mut Scene, friend: usize, kind: seal::Kind, bytes: Vec<u8>) {
        scene.letter(self.number, friend, None, Letter::Say(kind, bytes));
    }

    /// Two holders meet: this one says everything that is open on his card. Whoever it is for will know.
    pub fn meets(&mut self, scene: &mut Scene, friend: usize) {
        let Some(card) = &self.card else { return };
        for say in card.to_say() {
            self.says(scene, friend, say.kind, say.message.into_bytes());
        }
    }

    /// Takes back every quote of this card.
    pub fn cancels(&mut self, scene: &mut Scene) {
        let seed = self.seed(scene);
        let Some(card) = &mut self.card else { return };
        let _ = card.cancel(&seed);
        self.after(scene);
    }

    /// A letter arrives.
    pub fn reads_letter(&mut self, scene: &mut Scene, from: usize, call: u64, letter: Letter) {
        match letter {
            Letter::Ask(bytes) => self.answers(scene, from, call, &bytes),
            Letter::Quote(bytes, locked) => {
                // One answer, one consent: a repeated quote is not paid twice.
                let asked = self.calls.remove(&call);
                if let Some(Awaited::Quote(question)) = asked {
                    match locked {
                        None => self.reads(scene, &bytes, &question),
                        Some(locked) => self.installs(scene, &bytes, &locked, &question),
                    }
                }
            }
            Letter::Say(kind, bytes) => self.hears_card(scene, from, kind, &bytes),
        }
        self.after(scene);
    }

    /// Lets the card give what was asked for, if its holder likes.
    fn answers(&mut self, scene: &mut Scene, from: usize, call: u64, bytes: &[u8]) {
        let (seed, now, number) = (self.seed(scene), scene.now, self.number);
        let Ok(ask) = cbor::from_bytes::<Ask>(bytes) else {
            return;
        };
        let until = now.plus(Span::minutes(scene.dice.between(2, 3 * 1440)));
        let permit = self.permits(scene, &ask, until);
        let Some(card) = &self.card else { return };
        let quoted = permit
            .ok_or(GiveRefusal::NotPermitted)
            .and_then(|permit| card.quote(bytes, &permit, None, now, &seed));
        match quoted {
            Ok(quoted) => {
                scene.log.quotes(number, &quoted.quote);
                let letter = Letter::Quote(
                    quoted.message.into_bytes(),
                    quoted.locked.map(card::Outgoing::into_bytes),
                );
                scene.letter(number, from, Some(call), letter);
            }
            Err(no) => {
                scene.log.refused(no.code());
                scene.say(|| format!("card {number} gives card {from} nothing: {}", no.code()));
            }
        }
    }

    fn permits(&mut self, scene: &mut Scene, ask: &Ask, until: Moment) -> Option<Permit> {
        let seed = self.seed(scene);
        let card = self.card.as_mut()?;
        if ask.kind != Kind::Move {
            return card.permit(ask.kind, None, until);
        }
        let offer = ask.wanted.as_ref().and_then(|w| w.offer)?;
        let license: LicenseId = card.state().usable_of(offer)?.id;
        let permit = card.permit_move(license, until, PIN, &seed);
        if matches!(permit, Err(card::PinRefusal::Blocked)) {
            self.unblocks(scene);
        }
        permit.ok()
    }

    /// A locked copy comes with its quote: agreed to, it is installed, and that is all.
    fn installs(&mut self, scene: &mut Scene, bytes: &[u8], locked: &[u8], question: &Question) {
        let (number, now) = (self.number, scene.now);
        let seeds = (self.seed(scene), self.seed(scene));
        let Some(card) = &mut self.card else { return };
        let installed = card
            .read_quote(bytes, Some(&question.asked), None, now)
            .map_err(|no| no.code())
            .and_then(|checked| {
                let agreed = card.confirm(&checked, PIN, &seeds.0).map_err(|no| no.code())?;
                let done = card.install_locked(&checked, agreed, locked, now, &seeds.1);
                done.map_err(|no| no.code())
            });
        match installed {
            Ok(license) => scene.say(|| format!("card {number} takes the locked copy {}", license.short())),
            Err(code) => scene.log.refused(code),
        }
    }

    /// A payment, a decision or a `done`: of this card, or of somebody else's business.
    fn hears_card(&mut self, scene: &mut Scene, from: usize, kind: seal::Kind, bytes: &[u8]) {
        let (seed, now, number) = (self.seed(scene), scene.now, self.number);
        if kind == seal::Kind::Settle {
            return self.settles(scene, bytes, End::Person(from));
        }
        let Some(card) = &mut self.card else { return };
        match card.hear(kind, bytes, now, &seed) {
            Ok(Heard::Decided(decided)) => {
                let said = say_decided(&decided);
                scene.say(|| format!("card {number}: {said}"));
                if let Decided::Void { reason, .. } = &decided {
                    scene.log.refused(reason.code());
                }
                if let Some(settle) = decided.settle() {
                    let bytes = settle.bytes().to_vec();
                    // What could not be written was not said: the power went with it.
                    self.says(scene, from, seal::Kind::Settle, bytes);
                }
            }
            Ok(Heard::Freed(deals)) => scene.say(|| format!("card {number} forgets {} gifts", deals.len())),
            Ok(Heard::Settled(_)) => {}
            Err(no) if no.code().ends_with("-for-another") || no.code() == "card-storage" => {}
            Err(no) => scene
                .log
                .finds(format!("card {number} refuses a word of card {from}: {no}")),
        }
    }
}

fn say_decided(decided: &Decided) -> String {
    match decided {
        Decided::Given { deal, kind, .. } => format!("gives {} ({kind:?})", deal.short()),
        Decided::Void { deal, reason, .. } => format!("voids {}: {}", deal.short(), reason.code()),
        Decided::Again { deal, .. } => format!("says {} again", deal.short()),
        Decided::SeeIssuer { deal } => format!("knows nothing of {} any more", deal.short()),
        Decided::Frozen => "freezes".to_owned(),
    }
}
