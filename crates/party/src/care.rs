//! Care: what each party stores, why, and for how long, in one table beside the stores' parts.
//!
//! A page of every party shows it (`/data`), and a test fails when a part has a table that is not described here. No table
//! names a person, but for those of a bank, of an approver, of a carrier and of people who sign in to work somewhere; what is stored
//! about a holder goes by pseudonyms of his card: its number at the issuer alone, a tag that is used once, and at each seller a number that only this seller is
//! shown. So books keep what they must keep by law without knowing whom they are about.

use store::Part;

/// A sort of records, as people read of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// Money: entries, accounts, what was posted for what.
    Books,
    /// What was answered to a payment, to be said again.
    Decisions,
    /// Messages to other parties that are on their way.
    Errands,
    /// Who is who in the realm, and the time.
    Directory,
    /// Whether this store is a restored one.
    Epochs,
    /// Bank accounts of people and parties, and the wallets that may debit them.
    Accounts,
    /// Cards: number, keys, whether they may deal.
    Cards,
    /// Tags of cards, each used for one deal.
    Tags,
    /// Payments of cards: slips, loads, redemptions.
    Slips,
    /// What proves that a card was copied.
    Proofs,
    /// Decisions on deals whose two sides could not meet.
    Rulings,
    /// Sealed recovery copies, and losses.
    Losses,
    /// Works, offers, previews, editions.
    Works,
    /// Files that people of publishers have sent and not published.
    Drafts,
    /// What was sold: work, price, time, the buyer's number.
    Sales,
    /// Payments that are being made good.
    Payments,
    /// What was used to pay: so that nothing is used twice.
    Spent,
    /// Secrets of packages made for one buyer.
    Secrets,
    /// What was said again to buyers who lost something.
    Reissues,
    /// Publishers that sell here, and what they are paid.
    Publishers,
    /// What publishers' own programs are told, and where.
    Hooks,
    /// Fares coming home.
    Fares,
    /// Requests for help, with what their senders wrote.
    Help,
    /// Unlocked licenses, and fees for it.
    Unlocks,
    /// What machines carry between cards and parties.
    Machines,
    /// People who sign in to work here.
    People,
    /// What an approver's users may spend, and what was approved.
    Approvals,
    /// Media and devices, and what was copied from them.
    Media,
    /// Customers of a gateway.
    Customers,
    /// A carrier's subscribers: contracts, usage, charges, bills.
    Subscribers,
    /// Merchants that ask a carrier by themselves: their payments, refunds and what they were told.
    Merchants,
    /// What a subscriber is asked and sent for a merchant, and the merchant's tokens: gone when they end.
    Consents,
    /// Answers to operators' requests, to be said again.
    Repeats,
}

/// How long records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As long as the party exists: the law, or what was promised to holders, asks for it.
    Always,
    /// Until what they are about is over.
    WhileOpen,
    /// For a time the party sets.
    ForATime,
}

impl Record {
    /// All of them, in reading order.
    pub const ALL: [Self; 33] = [
        Self::Accounts,
        Self::Customers,
        Self::Subscribers,
        Self::Merchants,
        Self::Consents,
        Self::Cards,
        Self::Tags,
        Self::Slips,
        Self::Losses,
        Self::Rulings,
        Self::Proofs,
        Self::Sales,
        Self::Payments,
        Self::Spent,
        Self::Secrets,
        Self::Reissues,
        Self::Help,
        Self::Unlocks,
        Self::Approvals,
        Self::Media,
        Self::Fares,
        Self::People,
        Self::Publishers,
        Self::Hooks,
        Self::Works,
        Self::Drafts,
        Self::Machines,
        Self::Decisions,
        Self::Books,
        Self::Errands,
        Self::Repeats,
        Self::Directory,
        Self::Epochs,
    ];

    /// Its word in catalogues and interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Books => "books",
            Self::Decisions => "decisions",
            Self::Errands => "errands",
            Self::Directory => "directory",
            Self::Epochs => "epochs",
            Self::Accounts => "accounts",
            Self::Cards => "cards",
            Self::Tags => "tags",
            Self::Slips => "slips",
            Self::Proofs => "proofs",
            Self::Rulings => "rulings",
            Self::Losses => "losses",
            Self::Works => "works",
            Self::Drafts => "drafts",
            Self::Sales => "sales",
            Self::Payments => "payments",
            Self::Spent => "spent",
            Self::Secrets => "secrets",
            Self::Reissues => "reissues",
            Self::Publishers => "publishers",
            Self::Hooks => "hooks",
            Self::Fares => "fares",
            Self::Help => "help",
            Self::Unlocks => "unlocks",
            Self::Machines => "machines",
            Self::People => "people",
            Self::Approvals => "approvals",
            Self::Media => "media",
            Self::Customers => "customers",
            Self::Subscribers => "subscribers",
            Self::Merchants => "merchants",
            Self::Consents => "consents",
            Self::Repeats => "repeats",
        }
    }

    /// Can any of it be about a person, be it under a pseudonym?
    pub const fn about_people(self) -> bool {
        !matches!(
            self,
            Self::Directory
                | Self::Epochs
                | Self::Works
                | Self::Publishers
                | Self::Hooks
                | Self::Machines
                | Self::Errands
                | Self::Repeats
        )
    }

    /// How long.
    pub const fn kept(self) -> Kept {
        match self {
            Self::Errands | Self::Payments | Self::Consents => Kept::WhileOpen,
            Self::Sales
            | Self::Secrets
            | Self::Reissues
            | Self::Help
            | Self::Losses
            | Self::People
            | Self::Drafts
            | Self::Hooks => Kept::ForATime,
            _ => Kept::Always,
        }
    }

    /// The tables that hold it.
    pub const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Books => &[
                "books_accounts",
                "books_postings",
                "ledger_accounts",
                "ledger_due",
                "ledger_entries",
                "ledger_head",
                "ledger_holds",
                "ledger_journal",
                "ledger_totals",
                "ledger_transfers",
                "shop_statements",
            ],
            Self::Decisions => &["decided", "decided_orders"],
            Self::Errands => &["errands", "errands_due"],
            Self::Directory => &[
                "desk_directory",
                "desk_number",
                "desk_tick",
                "registry_certifiers",
                "registry_numbers",
                "registry_parties",
                "registry_revoked",
                "trust_enterprises",
            ],
            Self::Epochs => &["epoch_began", "epoch_restored"],
            Self::Accounts => &[
                "bank_debits",
                "bank_lines",
                "bank_mandate_wallets",
                "bank_mandates",
                "bank_parties",
                "bank_periods",
                "bank_told",
                "bank_tokens",
                "bank_transfers",
                "centre_orders",
                "centre_people",
                "centre_signs",
            ],
            Self::Cards => &[
                "issuer_cards",
                "issuer_counters",
                "issuer_hardware",
                "issuer_keys",
                "issuer_nonces",
            ],
            Self::Tags => &["issuer_homes", "issuer_tags", "issuer_tags_of"],
            Self::Slips => &[
                "issuer_brought",
                "issuer_cash",
                "issuer_cash_waits",
                "issuer_loads",
                "issuer_outstanding",
                "issuer_payments",
                "issuer_payouts",
                "issuer_redemptions",
                "issuer_redemptions_due",
                "issuer_slip_numbers",
                "issuer_slips",
                "issuer_tell",
                "issuer_used",
                "issuer_waiting",
            ],
            Self::Proofs => &[
                "issuer_claims",
                "issuer_clones",
                "issuer_gifts",
                "issuer_proofs",
                "issuer_seen_in",
                "issuer_voids",
            ],
            Self::Rulings => &[
                "issuer_archive",
                "issuer_gifts_to",
                "issuer_late",
                "issuer_refunded",
                "issuer_rulings",
            ],
            Self::Losses => &[
                "issuer_kept",
                "issuer_losses",
                "issuer_losses_due",
                "issuer_recovery_keys",
            ],
            Self::Drafts => &["console_drafts"],
            Self::Works => &[
                "console_versions",
                "content_packages",
                "content_works",
                "shop_editions",
                "shop_listings",
                "shop_previews",
                "shop_returned",
                "shop_shelf",
                "shop_window",
                "shop_window_changes",
                "shop_window_counter",
                "shop_works",
            ],
            Self::Sales => &[
                "console_sales_by_publisher",
                "console_sold",
                "console_sold_by_day",
                "shop_counters",
                "shop_goods",
                "shop_goods_last",
                "shop_goods_owed",
                "shop_goods_reserved",
                "shop_goods_sold",
                "shop_licenses",
                "shop_made_out",
                "shop_made_out_allowed",
                "shop_made_out_to",
                "shop_made_out_waiting",
                "shop_receipt_jumps",
                "shop_receipts",
                "shop_sales",
                "shop_sales_by_buyer",
                "shop_sales_by_content",
                "shop_sales_by_order",
                "shop_sales_by_time",
                "shop_swept",
            ],
            Self::Payments => &[
                "settlements_due",
                "shop_approving",
                "shop_clears",
                "shop_forgotten",
                "shop_notices",
                "shop_pending",
                "shop_reconcile_cursor",
                "shop_settled",
                "shop_settled_by_time",
            ],
            Self::Spent => &[
                "console_media_orders",
                "settlements",
                "settlements_used",
                "shop_carries",
                "shop_codes",
                "shop_coupons",
                "shop_declined",
                "shop_given_back",
                "shop_media",
                "shop_reopened",
                "shop_slips",
                "shop_taken_back",
                "shop_told",
                "shop_unmatched",
                "shop_unsettled",
                "shop_values",
                "shop_values_used",
                "shop_void",
                "shop_void_early",
                "shop_vouchers",
                "shop_vouchers_by_maker",
                "shop_vouchers_end",
                "shop_vouchers_of_value",
            ],
            Self::Secrets => &["shop_secrets", "shop_secrets_drop"],
            Self::Reissues => &["shop_plays_back", "shop_reissues"],
            Self::Publishers => &[
                "console_applicants",
                "console_payouts",
                "console_tenants",
                "shop_api_keys",
            ],
            Self::Hooks => &[
                "shop_hook_events",
                "shop_hook_waiting",
                "shop_hooks",
                "shop_hooks_removed",
                "shop_hooks_wake",
            ],
            Self::Fares => &[
                "collector_by_payee",
                "collector_counters",
                "collector_coupons",
                "collector_days",
                "collector_names",
                "collector_notices",
                "collector_notices_by_week",
                "collector_others",
                "collector_pending",
                "collector_rebates",
                "collector_slips",
                "collector_titles",
            ],
            Self::Help => &[
                "support_by_time",
                "support_counters",
                "support_days",
                "support_logs",
                "support_requests",
            ],
            Self::Unlocks => &[
                "support_passing",
                "support_pending",
                "support_slips",
                "support_unlocked",
                "support_unlocked_by_time",
            ],
            Self::Machines => &[
                "deposit_current",
                "deposit_orders",
                "kiosk_counters",
                "kiosk_left",
                "kiosk_left_at",
                "kiosk_orders",
                "kiosk_orders_by_order",
                "machine_carried",
                "machine_orders",
            ],
            Self::People => &[
                "signin_accounts",
                "signin_challenges_used",
                "signin_codes",
                "signin_failed",
                "signin_grants",
                "signin_grants_by_party",
                "signin_invitations",
                "signin_names",
                "signin_passkeys",
                "signin_passkeys_by_account",
                "signin_passwords",
                "signin_sessions",
                "signin_sessions_by_account",
                "signin_sessions_by_end",
                "signin_tries",
            ],
            Self::Approvals => &[
                "approver_bureau_ends",
                "approver_by_user",
                "approver_disputes",
                "approver_ends",
                "approver_forgotten",
                "approver_issued",
                "approver_recalls",
                "approver_request_ends",
                "approver_requests",
                "approver_unasked",
                "approver_users",
                "approver_waited",
                "bureau_files",
            ],
            Self::Media => &[
                "copying_alarms",
                "copying_batches",
                "copying_by_keeper",
                "copying_by_user",
                "copying_carries",
                "copying_cheques",
                "copying_devices",
                "copying_entries",
                "copying_erasing",
                "copying_free",
                "copying_given",
                "copying_lines",
                "copying_media",
                "copying_met",
                "copying_of_entry",
                "copying_proposals",
                "copying_trail",
                "copying_trail_head",
                "copying_tries",
            ],
            Self::Customers => &[
                "gateway_answered",
                "gateway_by_customer",
                "gateway_by_time",
                "gateway_charged",
                "gateway_cheques",
                "gateway_cheques_last",
                "gateway_customers",
                "gateway_pay_ins",
                "gateway_questions",
                "gateway_waiting",
            ],
            Self::Subscribers => &[
                "carrier_acts",
                "carrier_acts_head",
                "carrier_proposals",
                "carrier_bill_links",
                "carrier_bill_numbers",
                "carrier_bills",
                "carrier_bills_in",
                "carrier_bills_of",
                "carrier_bought",
                "carrier_charges",
                "carrier_charges_by_time",
                "carrier_claims",
                "carrier_contracts",
                "carrier_enterprise_numbers",
                "carrier_enterprises",
                "carrier_first_month",
                "carrier_first_owed",
                "carrier_incoming",
                "carrier_incoming_fate",
                "carrier_lines",
                "carrier_loads",
                "carrier_meters",
                "carrier_not_paid",
                "carrier_odd_entries",
                "carrier_numbers",
                "carrier_ordered",
                "carrier_orders",
                "carrier_payables",
                "carrier_payables_due",
                "carrier_plans",
                "carrier_refunds",
                "carrier_runs",
                "carrier_services",
                "carrier_set_off",
                "carrier_suspense",
                "carrier_statements",
                "carrier_terms",
                "carrier_told",
                "carrier_told_out",
                "carrier_usage",
                "carrier_usage_lost",
                "carrier_verdicts",
                "carrier_wallet_keys",
            ],
            Self::Merchants => &[
                "merchant_clients",
                "merchant_correlators",
                "merchant_in_validation",
                "merchant_notices",
                "merchant_notices_due",
                "merchant_notices_lost",
                "merchant_payments",
                "merchant_payments_by_client",
                "merchant_payments_end",
                "merchant_references",
                "merchant_refunds",
                "merchant_refunds_of",
                "merchant_refunds_waiting",
            ],
            Self::Consents => &[
                "merchant_consent_ends",
                "merchant_consent_links",
                "merchant_consents",
                "merchant_texts",
                "merchant_token_ends",
                "merchant_tokens",
            ],
            Self::Repeats => &["http_once"],
        }
    }

    /// The record a table belongs to.
    pub fn of(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record| record.tables().contains(&table))
    }
}

/// What a party with these parts stores, in reading order; and tables that nobody has described.
pub fn stored(parts: &[&Part]) -> (Vec<Record>, Vec<&'static str>) {
    let (mut records, mut undescribed) = (Vec::new(), Vec::new());
    for table in parts.iter().flat_map(|part| part.tables()) {
        match Record::of(table.name()) {
            Some(record) => records.push(record),
            None => undescribed.push(table.name()),
        }
    }
    let order = |record: &Record| Record::ALL.iter().position(|one| one == record);
    records.sort_by_key(order);
    records.dedup();
    (records, undescribed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_every_party_is_described_once() {
        let parties: [(&str, &[&Part]); 8] = [
            ("registry", crate::registry::PARTS),
            ("bank", crate::bank::PARTS),
            ("issuer", crate::issuer::PARTS),
            ("shop", crate::shop::PARTS),
            ("collector", crate::collector::PARTS),
            ("support", crate::support::PARTS),
            ("machine", crate::machine::PARTS),
            ("trust registry", crate::trust::PARTS),
        ];
        for (name, parts) in parties {
            let (records, undescribed) = stored(parts);
            assert_eq!(
                undescribed,
                Vec::<&str>::new(),
                "{name} stores what its page does not tell of"
            );
            assert!(!records.is_empty(), "{name}");
        }
        let mut all: Vec<&str> = Record::ALL.iter().flat_map(|r| r.tables().iter().copied()).collect();
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before, "a table is described twice");
        assert_eq!(Record::of("shop_of_persons"), None);
    }
}
