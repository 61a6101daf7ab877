//! Roles: what whoever works for a publisher, or for the shop itself, may do in the console. Who has which role stands with
//! the people's accounts; this is what a role means.

/// A role over a publisher, or over the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaffRole {
    /// Everything for one publisher: works, money, people.
    Owner,
    /// Works: publish, update, withdraw.
    Editor,
    /// Money: sales, statements, pay-outs.
    Accountant,
    /// Over the shop itself: invites publishers. Sees nobody's works, sales or money by it.
    Operator,
}

/// Something that may be done in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Look at the works and drafts.
    SeeWorks,
    /// Publish, update, withdraw.
    ChangeWorks,
    /// Look at sales and statements, and export them.
    SeeMoney,
    /// Order a pay-out.
    PayOut,
    /// Invite people, take roles back.
    ChangePeople,
    /// Take publishers in.
    TakeIn,
}

impl StaffRole {
    /// All of them, the widest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Editor, Self::Accountant, Self::Operator];
    /// Those over a publisher.
    pub const OF_PUBLISHER: [Self; 3] = [Self::Owner, Self::Editor, Self::Accountant];

    /// Its word, for ever.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Accountant => "accountant",
            Self::Operator => "operator",
        }
    }
    /// The role of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
    /// May it do that?
    pub const fn may(self, deed: Deed) -> bool {
        match self {
            Self::Owner => !matches!(deed, Deed::TakeIn),
            Self::Editor => matches!(deed, Deed::SeeWorks | Deed::ChangeWorks),
            Self::Accountant => matches!(deed, Deed::SeeWorks | Deed::SeeMoney | Deed::PayOut),
            Self::Operator => matches!(deed, Deed::TakeIn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-97
    #[test]
    fn money_people_and_works_are_different_roles() {
        let check = |role: StaffRole, deeds: &[Deed]| {
            let all = [
                Deed::SeeWorks,
                Deed::ChangeWorks,
                Deed::SeeMoney,
                Deed::PayOut,
                Deed::ChangePeople,
                Deed::TakeIn,
            ];
            for deed in all {
                assert_eq!(role.may(deed), deeds.contains(&deed), "{role:?} {deed:?}");
            }
            assert_eq!(StaffRole::of(role.word()), Some(role));
        };
        use Deed::*;
        check(
            StaffRole::Owner,
            &[SeeWorks, ChangeWorks, SeeMoney, PayOut, ChangePeople],
        );
        check(StaffRole::Editor, &[SeeWorks, ChangeWorks]);
        check(StaffRole::Accountant, &[SeeWorks, SeeMoney, PayOut]);
        check(StaffRole::Operator, &[TakeIn]);
        assert_eq!(StaffRole::of("root"), None);
    }
}
