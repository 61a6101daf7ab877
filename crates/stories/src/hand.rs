//! Hand on: two holders meet and one gives. No party is there; whoever stands between the cards carries bytes.

use card::{Decided, Settled, Want};
use deal::{Kind, Side};
use units::{LicenseId, Money, Span};

use crate::{Holder, Parties, Stuck};

/// What came of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The license on the receiver's card.
    pub license: LicenseId,
    /// What it cost.
    pub fare: Option<Money>,
    /// Whose card carries the fares on.
    pub winner: Side,
}

/// How long a giver's quote is good when two people stand together.
const STANDING_TOGETHER: Span = Span::minutes(10);

impl Holder {
    /// Gives a copy of a license to `friend`, or the license itself. Both agree; the friend pays the fare.
    pub fn hand_on(
        &mut self,
        friend: &mut Holder,
        parties: &dyn Parties,
        license: LicenseId,
        kind: Kind,
    ) -> Result<Handed, Stuck> {
        self.hand_on_as(friend, parties, license, kind, &Want::default())
    }

    /// The same, as the friend wants it: bound to his devices, for one.
    pub fn hand_on_as(
        &mut self,
        friend: &mut Holder,
        parties: &dyn Parties,
        license: LicenseId,
        kind: Kind,
        want: &Want,
    ) -> Result<Handed, Stuck> {
        let now = parties.now();
        let until = now.plus(STANDING_TOGETHER);
        let seed = friend.draw();
        let asked = match kind {
            Kind::Move => friend.card.ask_move(None, &seed),
            _ => friend.card.ask_copy(None, &seed),
        };
        let asked = asked.map_err(|e| Stuck::of(&e))?;
        let seed = self.draw();
        let permit = match kind {
            Kind::Move => self
                .card
                .permit_move(license, until, crate::holder::PIN, &seed)
                .map_err(|e| Stuck::of(&e))?,
            _ => self.card.permit(kind, Some(license), until).ok_or(Stuck {
                code: "kind-unknown".into(),
                text: "only copies, moves and locked copies pass between cards".into(),
            })?,
        };
        let seed = self.draw();
        let quoted = self
            .card
            .quote(&asked.bytes(), &permit, None, now, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let checked = friend
            .card
            .read_quote(quoted.message.bytes(), Some(&asked), None, now)
            .map_err(|e| Stuck::of(&e))?;
        let dry = friend.card.dry_run(&checked, want, now).map_err(|e| Stuck::of(&e))?;
        let seed = friend.draw();
        let agreed = friend
            .card
            .confirm(&checked, crate::holder::PIN, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let seed = friend.draw();
        let (_, pay) = friend
            .card
            .pay(&checked, agreed, want, now, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let seed = self.draw();
        let decided = self.card.decide(pay.bytes(), now, &seed).map_err(|e| Stuck::of(&e))?;
        let (Decided::Given { settle, winner, .. }, license) = (&decided, license) else {
            return Err(Stuck {
                code: "not-given".into(),
                text: format!("the other card did not give: {decided:?}"),
            });
        };
        let _ = license;
        let seed = friend.draw();
        let settled = friend
            .card
            .settle(settle.bytes(), now, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let Settled::Given {
            license: Some(license),
            done,
            ..
        } = settled
        else {
            return Err(Stuck {
                code: "no-license".into(),
                text: format!("nothing arrived: {settled:?}"),
            });
        };
        let seed = self.draw();
        // Losing it harms nothing: the giver's next report says the same.
        if let Err(no) = self.card.take_done(done.bytes(), &seed) {
            return Err(Stuck::of(&no));
        }
        debug_assert!(dry.winner == *winner, "a dry run is what happens");
        Ok(Handed {
            license,
            fare: dry.fare,
            winner: *winner,
        })
    }
}
