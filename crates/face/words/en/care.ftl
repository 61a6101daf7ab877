# What a party stores, why, and for how long.
care-title = What { $name } stores
care-lead = Every table of this party's memory is on this page. A test of the program fails when one is missing.
care-what = What
care-why = Why
care-long = How long
care-people = Can be about you
care-yes = Yes, by a number
care-no = No
care-name = Stored
care-address = Network addresses of whoever asks are counted in memory for a few minutes, to slow down floods. They are written nowhere, and no page sets a cookie for anybody who has not signed in.
care-record = { $record ->
    [accounts] Bank accounts, what moved on them, the words they are known by elsewhere, the keys of wallets that may debit them and the charges these sent
    [cards] Cards: number, keys, class, since when, whether they may deal
    [tags] Tags of cards, each good for one deal
    [slips] Payments of cards: amount, payee, work, time; loads and redemptions
    [losses] Sealed recovery copies, recovery keys, lost cards and who takes their place
    [rulings] Decisions on deals whose two sides could not meet
    [proofs] Signed words that prove that a card was copied
    [sales] What was sold: work, price, tax, time, receipt, and a number that only this shop has for the buyer's card
    [payments] Payments that are being made good: slips, coupons, approvals
    [spent] What was paid with once: slips, coupons, approvals, by number
    [secrets] Secrets of packages made for one buyer
    [reissues] What was said again to buyers who lost something
    [help] Requests for help: what was wrong, the sender's own words, the player's notes that were sent along
    [unlocks] Copies that were unlocked, and fees for it
    [approvals] Users of this approver, their limits, what was asked and approved
    [media] Media, memory cards and devices, and what was copied from which
    [customers] Customers of this gateway, their money, what they were charged
    [subscribers] Subscribers of this carrier: contracts, what they used and bought, bills
    [merchants] Merchants that charge subscribers through this carrier: payments, refunds, and what they were told of them
    [consents] Questions to a subscriber whether a merchant may charge, codes and texts sent to that number, and tokens of merchants
    [fares] Fares on their way home: amount, work, path
    [people] People who sign in to work here: name, proofs of who they are, failed tries
    [publishers] Publishers that sell here, and what they are paid
    [hooks] Addresses of publishers' own programs, and what was told there: the event and the sale or pay-out it is about, no buyer
    [works] Works, offers, previews, editions
    [drafts] Files that people of publishers have sent and not yet published
    [machines] What a machine carries between cards and parties, sealed
    [decisions] Answers to payments, to be said again word for word
    [books] Books: every posting with its amount and what it was for; and what the last statement of the bank closed with
    [errands] Messages to other parties that are on their way
    [repeats] Answers to operators' requests
    [directory] Who is who in the realm, and the time
    [epochs] Whether this memory was put back from a backup
   *[other] { $record }
  }
care-purpose = { $record ->
    [accounts] To move money by order of whoever it belongs to, and to decide each charge once
    [cards] So that money exists once, and a stopped card is stopped everywhere
    [tags] So that no seller and no other card can tell two deals of one card
    [slips] So that every slip is money once
    [losses] So that a lost card is stopped, and its money and licenses come back to its holder alone
    [rulings] So that nobody's money stays between two cards for good
    [proofs] To stop copied cards, and to show why
    [sales] Books and tax; to take a license back; to say again what a card lost
    [payments] To finish what broke off
    [spent] So that nothing is used twice
    [secrets] To deliver a package again, byte for byte
    [reissues] So that asking again gives the same answer, and a play comes back once
    [help] To help
    [unlocks] So that asking again gives the same result, and a fee is paid once
    [approvals] To keep each user's limit, and to answer a dispute
    [media] So that each medium is copied once, by whom it was registered to
    [customers] To charge once for each key, and to give back what was not used
    [subscribers] To bill each month once, and to answer a question about a bill
    [merchants] So that each payment and each refund of a merchant is made once, and can be shown
    [consents] So that nobody is charged who has not agreed
    [fares] To pay publishers what is theirs, and to show what is still out
    [people] So that nobody else works under their name
    [publishers] To pay them
    [hooks] So that a program of a publisher's misses nothing, and its people can see what it did not hear
    [works] To sell them
    [drafts] So that a publisher can go on where he stopped
    [machines] So that a power cut loses nothing
    [decisions] So that asking again never pays twice
    [books] The law, and to show that every unit of money is somewhere
    [errands] So that a power cut loses none
    [repeats] So that a request sent twice is done once
    [directory] To know whom to believe
    [epochs] So that a restored party asks before it answers
   *[other] { $record }
  }
care-kept = { $kept ->
    [always] As long as this party exists: the law, or a promise to holders, asks for it
    [open] Until it is finished
    [unset] Until this party sets a time; it has set none
   *[time] For the time this party has set
  }
care-days = { $record ->
    [sales] For { $days } days; then the buyer's number goes, and what was sold stays in the books
    [reissues] For { $days } days
    [help] The words and the player's notes for { $days } days; what was wrong and what was done stays
    [losses] The recovery copy of a lost card for { $days } days after its money has followed; the loss stays in the books
    [people] Accounts without a role for { $days } days; all others while somebody works with them
    [hooks] What was told for { $days } days; an address until its publisher removes it
   *[other] For { $days } days
  }
care-ask = What is stored about you, and having it deleted
care-ask-card = Your card's issuer tells your card, and nobody else, everything it stores about it: keyfare card data. What is not in its books it forgets: keyfare card data --forget. Who asks proves it by the card's own signature.
care-ask-receipt = This shop knows you by a number of your card and by your receipts, and by nothing else; nobody can look you up by name, because no name is here. Each receipt has a page that shows everything stored about that purchase, gives it to you as a file, and takes your number out of it.
care-ask-people = If you work in this shop's console, its settings give you everything stored about your account as a file, and delete the account.
care-ask-account = Whoever has an account's token may ask for everything stored about it, and have the name forgotten once the account is empty: GET and DELETE at { $address }.
care-ask-request = Whoever has a request's number made it. Everything stored about it comes from { $address }; DELETE at the same address forgets your words and the player's notes at once.
care-ask-approver = Sign in to see what was asked and approved, and what it cost. Your account has a page that gives you everything stored about you as a file, and deletes the account once nothing is owed. No shop learns any of it.
care-ask-bureau = The approver who asked about you tells you which bureau it was. This bureau answers in writing to whoever proves who he is.
care-ask-carrier = This carrier keeps names, addresses and telephone numbers of its subscribers. Whoever has the address of one of his bills gets everything that is kept about him from { $address }, where BILL stands for the last part of that address. DELETE at the same address forgets name, address and number once the contract has ended and every bill is paid. Whoever has no bill at hand writes to the carrier, who does the same.
care-ask-gateway = This gateway keeps the names its customers sign in with, and their accounts. Sign in at { $address }: the page gives you everything that is kept about you as a file, and closes an empty account, which deletes it at once.
care-ask-copying = Users have no name here: each is known by a User ID, kept sealed, and by the numbers of a card, a player and a drive. Bring the card to a counter, and its people show you everything that is kept beside it. It is not deleted while media can still be copied with it: it is what makes each medium's key one user's.
care-ask-nobody = Nothing here can be found by who you are: no name, no card's number, only tags and seals that are used once and that nobody here can read.
care-ask-books = What is in the books stays there under a number: the other side of every payment needs it, and the law asks for it.
