//! Invitations: a link that opens one account with one role, once, within days.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Hash, Moment};

use crate::{
    AccountId, Entered, Failed, Gate, Grant, Name, NotAPasskey, NotInvited, Purpose, Token, password::Hashed,
    session::Way,
};

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invitation {
    /// What whoever takes it may do.
    #[n(0)]
    pub grant: Grant,
    /// Who invited; nobody: the program itself, on its first start or by its operator at the machine.
    #[n(1)]
    pub by: Option<AccountId>,
    /// Until when it can be taken.
    #[n(2)]
    pub until: Moment,
}
impl Value for Invitation {}

pub(crate) const INVITES: Map<Hash, Invitation> = Map::new(Table::new("signin_invitations"));

impl Gate {
    /// Invites. The token goes into a link and is kept nowhere; whoever has the link takes the role.
    pub fn invite(&self, tx: &mut dyn Tx, invitation: &Invitation, seed: &Seed) -> Result<Token, Fault> {
        let token = Token::draw(seed, "invitation");
        INVITES.put(tx, &token.id().0, invitation)?;
        Ok(token)
    }

    /// The invitation behind a link.
    pub fn invited(&self, view: &mut dyn View, token: &Token, now: Moment) -> Result<Invitation, NotInvited> {
        let found = INVITES.get(view, &token.id().0)?;
        found.filter(|found| now < found.until).ok_or(NotInvited::NoInvitation)
    }

    /// Open invitations, by a digest under which they can be withdrawn.
    pub fn invitations(&self, view: &mut dyn View, now: Moment) -> Result<Vec<(Hash, Invitation)>, Fault> {
        let mut rows = INVITES.range(view, Keys::all(), 1000)?;
        rows.retain(|(_, invitation)| now < invitation.until);
        Ok(rows)
    }

    /// Withdraws an invitation; false when there is none.
    pub fn withdraw_invitation(&self, tx: &mut dyn Tx, invitation: Hash) -> Result<bool, Fault> {
        INVITES.delete(tx, &invitation)
    }

    /// Whose the account will be that an invitation opens: a passkey is registered for it before it is there.
    pub fn account_to_be(&self, token: &Token) -> AccountId {
        let mac = self.mac("account to be", &[&token.id().0.0]);
        let mut id = [0; 16];
        id.copy_from_slice(&mac[..16]);
        AccountId(id)
    }

    /// Takes an invitation with a name and a password. The link is used up.
    pub fn accept(
        &self,
        tx: &mut dyn Tx,
        token: &Token,
        name: &Name,
        password: &Hashed,
        now: Moment,
        seed: &Seed,
    ) -> Result<Entered, NotInvited> {
        let id = self.take(tx, token, name, now)?;
        self.set_password(tx, id, password)?;
        self.welcome(tx, id, name, Way::Invitation, now, seed)
    }

    /// Takes an invitation with a name and a passkey, registered for [`Gate::account_to_be`].
    pub fn accept_with_key(
        &self,
        tx: &mut dyn Tx,
        token: &Token,
        name: &Name,
        registration: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Entered, NotInvited> {
        let id = self.take(tx, token, name, now)?;
        self.register_passkey(tx, id, "", registration, now)?;
        self.welcome(tx, id, name, Way::Passkey, now, seed)
    }

    /// Takes an invitation with an account that is there and signed in: it has the role besides those it has. The link is used
    /// up.
    pub fn join(&self, tx: &mut dyn Tx, token: &Token, id: AccountId, now: Moment) -> Result<Grant, NotInvited> {
        let invitation = self.invited(tx, token, now)?;
        self.account(tx, id)?
            .filter(|account| !account.closed)
            .ok_or(NotInvited::NoInvitation)?;
        self.grant(tx, id, &invitation.grant)?;
        INVITES.delete(tx, &token.id().0)?;
        Ok(invitation.grant)
    }

    /// The purpose of the challenge for a passkey that takes an invitation.
    pub fn purpose_of(&self, token: &Token) -> Purpose {
        Purpose::Register(self.account_to_be(token))
    }

    fn take(&self, tx: &mut dyn Tx, token: &Token, name: &Name, now: Moment) -> Result<AccountId, NotInvited> {
        let invitation = self.invited(tx, token, now)?;
        let id = self.account_to_be(token);
        self.open_account_as(tx, id, name, now)?;
        self.grant(tx, id, &invitation.grant)?;
        INVITES.delete(tx, &token.id().0)?;
        Ok(id)
    }

    fn welcome(
        &self,
        tx: &mut dyn Tx,
        id: AccountId,
        name: &Name,
        way: Way,
        now: Moment,
        seed: &Seed,
    ) -> Result<Entered, NotInvited> {
        Ok(Entered {
            account: id,
            session: self.open_session(tx, id, way, false, now, seed)?,
            device: self.device(name, seed.id("browser")),
            failed: Failed::default(),
            second_step: false,
        })
    }

    pub(crate) fn forget_invitations(&self, tx: &mut dyn Tx, now: Moment, limit: usize) -> Result<(), Fault> {
        for (key, row) in INVITES.range(tx, Keys::all(), limit)? {
            if now >= row.until {
                INVITES.delete(tx, &key)?;
            }
        }
        Ok(())
    }
}

impl From<NotAPasskey> for NotInvited {
    fn from(no: NotAPasskey) -> Self {
        match no {
            NotAPasskey::Fault(fault) => Self::Fault(fault),
            no => Self::Passkey(no),
        }
    }
}
