//! Telephone: buying with somebody's bill, or straight from an account at a bank (ST-22). Whom the holder lets pay for him, what
//! is owed and for how long it may be played, the charges said again until their payers have answered, and what to do when one
//! says no (ST-4, ST-13, ST-25).
//!
//! The card's own record is the outbox. Any way to the payer will do: this wallet's network, or a letter that somebody else
//! carries there and back.

use card::{AnswerRefusal, ChargeHeard, ChargeRefusal, Checked, DryRun, Owing, Want};
use deal::{
    Kind, PayRefusal, Tender, ValueKind,
    charge::{WhyRefused, read_charged},
    enterprise::{NotPaid, read_not_paid},
};
use license::TenderKind;
use seal::role;
use units::{Again, LicenseId, Moment, Money, PartyId, Refusal, Span, ValueId};

use super::{Question, QuoteRefused, TheCard, Wallet, locked};
use crate::carry::{CarryRefusal, Whereabouts};

/// How long a payer's list of those it does not pay is used before it is asked again.
const LIST_LIFE: Span = Span::minutes(60);

/// How long a seller that does not answer is told again what its payer has said, before the license opens without it.
const JUST_BOUGHT: Span = Span::seconds(30);

/// Somebody of this realm who pays for people: a carrier, or the bank that keeps the holder's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Its number.
    pub id: PartyId,
    /// Its name, as certified.
    pub name: String,
    /// Does the holder let it pay for him?
    pub chosen: bool,
    /// It is a bank: it debits the holder's account there, and sends no bill (ST-22).
    pub is_bank: bool,
}

/// Paying by somebody's bill, run dry.
#[derive(Debug, Clone)]
pub struct ByBill {
    /// Who would pay.
    pub payer: Payer,
    /// What would happen; or why the card would refuse.
    pub would: Result<DryRun, PayRefusal>,
    /// It has said beforehand that it does not pay this seller.
    pub not_paid: bool,
}

/// What is owed for one license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// As the card has it.
    pub owing: Owing,
    /// Who shall pay.
    pub payer: String,
    /// To whom.
    pub seller: String,
    /// Why it was refused, if it was and the payer said why.
    pub why: Option<WhyRefused>,
}

/// What may be owed at once, and what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditNow {
    /// Licenses owed for now, and at most.
    pub count: (usize, u16),
    /// Money owed now, and at most.
    pub sum: (Money, Money),
    /// Plays of a license while it is owing.
    pub plays: u32,
}

/// Why a charge was not said, or its answer not taken, in order of precedence. It waits, and is said again by itself.
#[derive(Debug, thiserror::Error)]
pub enum ChargeUnsaid {
    /// The payer could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// The card does not say it.
    #[error(transparent)]
    Card(#[from] ChargeRefusal),
    /// What came back is no answer.
    #[error(transparent)]
    Answer(#[from] AnswerRefusal),
}

impl Refusal for ChargeUnsaid {
    fn code(&self) -> &'static str {
        match self {
            Self::Carry(e) => e.code(),
            Self::Card(e) => e.code(),
            Self::Answer(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Carry(e) => e.again(),
            Self::Card(e) => e.again(),
            Self::Answer(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

/// Why the choice of a payer was not kept.
#[derive(Debug, thiserror::Error)]
pub enum PayerRefused {
    /// No such carrier.
    #[error("neither a carrier nor a bank of this name is listed in the realm")]
    Unknown,
    /// A bank the holder has no account at.
    #[error("this card has no account at this bank: open one there first")]
    NoAccount,
    /// The bank did not take it.
    #[error(transparent)]
    Bank(#[from] CarryRefusal),
    /// It cannot be written down.
    #[error("this cannot be written down in the wallet's directory ({0}); nothing has changed")]
    Disk(std::io::ErrorKind),
}

impl Refusal for PayerRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "payer-unknown",
            Self::NoAccount => "payer-no-account",
            Self::Bank(no) => no.code(),
            Self::Disk(_) => "payer-not-kept",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Unknown | Self::NoAccount => Again::AfterYouAct,
            Self::Bank(no) => no.again(),
            Self::Disk(_) => Again::Later,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Bank(no) => no.theirs(),
            _ => None,
        }
    }
}

/// How a card pays by this payer's bill. The card fills in charge and amount.
pub fn by_bill(payer: PartyId, currency: units::Currency) -> Want {
    Want {
        other: Some(Tender::Charge([0; 16], Money::zero(currency), payer)),
        ..Want::default()
    }
}

impl Wallet {
    /// The carriers of this realm, and the banks the holder has an account at, by the registry's signed directory; those first
    /// whom the holder lets pay.
    pub async fn payers(&self) -> Vec<Payer> {
        let Ok(listed) = self.0.carrier.directory(false).await else {
            return Vec::new();
        };
        let chosen = self.0.home.payers();
        let kept_at: Vec<PartyId> = self.accounts().await.into_iter().map(|(bank, _)| bank).collect();
        let payer = |id: PartyId, name: &str, is_bank| Payer {
            id,
            name: name.to_owned(),
            chosen: chosen.contains(&id),
            is_bank,
        };
        let carriers = listed.with_role::<role::Carrier>(self.now());
        let mut payers: Vec<Payer> = carriers.map(|party| payer(party.id, &party.name, false)).collect();
        let banks = listed.with_role::<role::Bank>(self.now());
        let banks = banks.filter(|party| kept_at.contains(&party.id));
        payers.extend(banks.map(|party| payer(party.id, &party.name, true)));
        payers.sort_by_key(|payer| !payer.chosen);
        payers
    }

    /// The accounts on the card: at which bank, and its token there.
    async fn accounts(&self) -> Vec<(PartyId, ValueId)> {
        self.on_card(|card| {
            let values = card.state().values.iter();
            let accounts = values.filter(|(value, _)| value.kind == ValueKind::Account);
            accounts.map(|(value, _)| (value.maker, value.id)).collect()
        })
        .await
    }

    /// The holder has a contract with this carrier and lets it pay for him, or no longer. It learns nothing by that. A bank is
    /// told: it debits his account for charges of this card, each no more than may be owed at once, or none any more.
    pub async fn choose_payer(&self, payer: PartyId, pays: bool) -> Result<(), PayerRefused> {
        let known = self.payers().await.into_iter().find(|one| one.id == payer);
        match known {
            None if pays => return Err(PayerRefused::Unknown),
            Some(bank) if bank.is_bank => self.bind_account(payer, pays).await?,
            _ => {}
        }
        let mut chosen = self.0.home.payers();
        chosen.retain(|one| *one != payer);
        if pays {
            chosen.push(payer);
        }
        let kept = self.0.home.keep_payers(&chosen);
        kept.map_err(|no| PayerRefused::Disk(no.kind()))
    }

    /// Binds this card's key to the holder's account at a bank, up to what may be owed at once; or up to nothing.
    async fn bind_account(&self, bank: PartyId, pays: bool) -> Result<(), PayerRefused> {
        let accounts = self.accounts().await;
        let (_, token) = accounts
            .into_iter()
            .find(|(at, _)| *at == bank)
            .ok_or(PayerRefused::NoAccount)?;
        let (_, most) = self.credit().await.sum;
        let most = if pays { most } else { Money::zero(most.currency()) };
        let asked = serde_json::json!({
            "wallet_key": self.contract_key(bank).await,
            "most": { "minor": most.minor().to_string(), "currency": most.currency().to_string() },
        });
        let path = format!("/v1/accounts/{token}/debit");
        let body = asked.to_string().into_bytes();
        Ok(self.0.carrier.post_json(bank, &path, body).await.map(drop)?)
    }

    /// The key by which this payer, and nobody else, knows the holder's card, as the two write it into their contract.
    pub async fn contract_key(&self, payer: PartyId) -> String {
        let key = self.on_card(move |card| card.subscriber(payer)).await;
        data_encoding::HEXLOWER.encode(&key.0)
    }

    /// Every payer the holder chose, with what paying by its bill would do here.
    pub(super) async fn bills(&self, checked: &Checked) -> Vec<ByBill> {
        let quote = checked.quote();
        let takes = quote.kind == Kind::Sale && quote.accepts.contains(&TenderKind::Charge);
        if !takes || quote.price.is_zero() {
            return Vec::new();
        }
        let (offer, currency) = (checked.on_sale().map(|sale| sale.offer.number), quote.price.currency());
        let seller = PartyId(quote.giver);
        let mut bills = Vec::new();
        for payer in self.payers().await.into_iter().filter(|payer| payer.chosen) {
            let list = match payer.is_bank {
                true => None,
                false => self.not_paid(payer.id).await,
            };
            let (checked, want, now) = (checked.clone(), by_bill(payer.id, currency), self.now());
            let would = self.on_card(move |card| card.dry_run(&checked, &want, now)).await;
            bills.push(ByBill {
                payer,
                would,
                not_paid: list.zip(offer).is_some_and(|(list, offer)| list.names(offer, seller)),
            });
        }
        bills
    }

    /// Whom this payer does not pay for, as it signed it. Advice: without an answer everything is asked as usual.
    async fn not_paid(&self, payer: PartyId) -> Option<NotPaid> {
        let now = self.now();
        let known = locked(&self.0.not_paid).get(&payer).cloned();
        if let Some((Some(at), list)) = &known
            && now <= at.plus(LIST_LIFE)
        {
            return Some(list.clone());
        }
        let before = known.map(|(_, list)| list);
        let Ok(sheet) = self.0.carrier.post(payer, "/v1/notpaid", Vec::new()).await else {
            return before;
        };
        let read = self
            .on_card(move |card| read_not_paid(&sheet, payer, card.trust(), card.now(now)).ok())
            .await;
        // One that is older than what was seen is somebody's replay.
        let list = match (read, before) {
            (Some(new), Some(old)) if (new.number, new.at) < (old.number, old.at) => old,
            (Some(new), _) => new,
            (None, before) => return before,
        };
        locked(&self.0.not_paid).insert(payer, (Some(now), list.clone()));
        Some(list)
    }

    /// Everything owed, the oldest first.
    pub async fn owed(&self) -> Vec<Due> {
        let mut owed = self.on_card(|card| owed(card)).await;
        owed.sort_by_key(|(owing, _)| owing.at);
        let listed = self.0.carrier.directory(false).await.ok();
        let name = |id: PartyId| {
            let known = listed.as_ref().and_then(|listed| listed.party(id));
            known.map_or_else(|| id.short(), |party| party.name.clone())
        };
        let due = |(owing, why): (Owing, Option<WhyRefused>)| Due {
            payer: name(owing.payer),
            seller: name(owing.seller),
            owing,
            why,
        };
        owed.into_iter().map(due).collect()
    }

    /// What is owed, against what may be.
    pub async fn credit(&self) -> CreditNow {
        self.on_card(|card| {
            let (state, owed) = (card.state(), card.owing());
            let credit = state.profile.credit();
            let zero = Money::zero(state.purse.currency());
            CreditNow {
                count: (owed.len(), state.profile.owing_max),
                sum: (
                    owed.iter().fold(zero, |sum, one| sum.plus(one.amount).unwrap_or(sum)),
                    credit.sum_max,
                ),
                plays: credit.plays,
            }
        })
        .await
    }

    /// Says every charge that waits for its payer's word, once. Answers how many still wait.
    pub async fn send_charges(&self) -> usize {
        let _one_at_a_time = self.0.charging.lock().await;
        let waiting = self.on_card(|card| card.charges()).await;
        let mut left = 0_usize;
        for (license, payer) in waiting {
            if let Err(no) = self.send_charge(license, payer).await {
                tracing::info!(code = no.told(), "a charge waits for its payer");
                left = left.saturating_add(1);
            }
        }
        left
    }

    async fn send_charge(&self, license: LicenseId, payer: PartyId) -> Result<ChargeHeard, ChargeUnsaid> {
        let letter = self.charge_letter(license, payer).await?;
        let answer = self.0.carrier.post(payer, "/v1/charge", letter).await?;
        if let Err(no) = self.show_word(&answer).await
            && self.is_just_bought(license).await
        {
            return Err(no.into());
        }
        Ok(self.hear_charge(answer).await?)
    }

    /// The seller sees its payer's word: a machine gives its goods on it, and whoever bought them stands there now. Any other
    /// seller does not ask for it, and waits for the money.
    async fn show_word(&self, answer: &[u8]) -> Result<(), CarryRefusal> {
        let answer = answer.to_vec();
        let Some((seller, word)) = self.on_card(move |card| card.shows_charged(&answer)).await else {
            return Ok(());
        };
        match self.0.carrier.post(seller, "/v1/charged", word).await {
            Err(no @ CarryRefusal::Silent { .. }) => Err(no),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Was it bought so lately that its buyer still waits for what it is? Then its charge stays in the outbox until its
    /// seller has seen the answer, which is the same for ever.
    async fn is_just_bought(&self, license: LicenseId) -> bool {
        let now = self.now();
        self.on_card(move |card| {
            let owed = card.state().owed(license);
            owed.is_some_and(|owed| card.now(now) <= owed.at.plus(JUST_BOUGHT))
        })
        .await
    }

    /// The charge for a license as it travels, sealed to its payer: the same bytes however often. Anybody may carry it.
    pub async fn charge_letter(&self, license: LicenseId, payer: PartyId) -> Result<Vec<u8>, ChargeUnsaid> {
        let listed = self.0.carrier.directory(false).await?;
        let certificate = certificate_of(&listed, payer, self.now()).ok_or(CarryRefusal::Unknown(payer))?;
        let letter = self.on_card(move |card| card.say_charge(license, &certificate)).await?;
        Ok(letter.into_bytes())
    }

    /// Takes a payer's answer, whichever way it came.
    pub async fn hear_charge(&self, answer: Vec<u8>) -> Result<ChargeHeard, AnswerRefusal> {
        let (now, seed) = (self.now(), self.seed());
        let heard = self.on_card(move |card| card.hear_charged(&answer, now, &seed)).await?;
        if matches!(heard, ChargeHeard::Refused(..)) {
            // A payer that refused may have a longer list than the one that was read.
            locked(&self.0.not_paid).values_mut().for_each(|(at, _)| *at = None);
        }
        self.stir();
        Ok(heard)
    }

    /// Asks the seller of a license whose charge was refused what it takes to pay it with money.
    pub async fn quote_clear(&self, license: LicenseId) -> Result<Checked, QuoteRefused> {
        let seller = self
            .on_card(move |card| card.state().owed(license).map(|owed| owed.seller))
            .await
            .ok_or(QuoteRefused::NoLicense)?;
        self.quote(seller, Question::Clear(license)).await
    }
}

fn owed(card: &TheCard) -> Vec<(Owing, Option<WhyRefused>)> {
    let why = |one: &Owing| {
        let refused = card.state().owed(one.license)?.refused.as_ref()?;
        read_charged(refused, one.payer, card.trust()).ok()?.why
    };
    card.owing()
        .into_iter()
        .map(|one| {
            let why = why(&one);
            (one, why)
        })
        .collect()
}

/// A certificate by which a card knows the payer: a carrier's, else a bank's.
fn certificate_of(listed: &Whereabouts, payer: PartyId, now: Moment) -> Option<Vec<u8>> {
    listed
        .certificate::<role::Carrier>(payer, now)
        .or_else(|| listed.certificate::<role::Bank>(payer, now))
}
