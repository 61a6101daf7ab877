# The approver's pages: for those it knows, and for the people who run it.

approval-nav = Your approvals
approval-foot = What a page shows comes from this approver's books. Sellers never learn who you are.
approval-account = Your approvals
approval-sign-out = Sign out

# Signing in
approval-enter = Sign in
approval-enter-lead = This is your approver. The shop sees nothing you type here.
approval-enter-lead-ask = A purchase waits for your answer. Nothing is approved by signing in.
approval-name = Name or number
approval-password = Password
approval-enter-do = Sign in
approval-no-match = Name and password do not fit.
approval-no-match-text = Nothing was approved. Check both and try again.
approval-slow = Too many tries from here.
approval-slow-text = The next one is heard at { $time }. A browser that was let in before does not wait.
approval-failed = { $n ->
    [one] { $n } try with your name failed since you were last here.
   *[other] { $n } tries with your name failed since you were last here.
  }
approval-failed-text = If that was not you, nothing was lost. Choose a longer password.
approval-again-lead = This changes how you come in, so it is asked again. It is remembered for five minutes.

# One purchase
approval-ask = Approve { $amount }?
approval-ask-nobody = A purchase of { $amount }
approval-fact-amount = Amount
approval-fact-seller = Seller
approval-fact-kind = What
approval-fact-until = Good until
approval-fact-code = Code
approval-code-why = Your card's page shows the same code. If it does not, this is another purchase: say no.
approval-kind-mixed = A work of several kinds
approval-kind-text = Something to read
approval-kind-picture = A picture
approval-kind-sound = Something to hear
approval-kind-video = Something to watch
approval-kind-program = A program
approval-title-hidden = What it is called is not told to us. Your card's page shows it.
approval-seller-learns-nothing = { $seller } is told a random number and that it is permitted. Neither your name nor a number that stays.
approval-seller-knows-again = { $seller } will know you again by a number that only { $seller } sees: the publisher allows it. It does not learn your name.
approval-pay-with = Pay with
approval-means-credit = Monthly bill
approval-means-value = Prepaid value
approval-means-points = Points
approval-free = { $amount } free
approval-yes = Approve { $amount }
approval-no = Don’t approve
approval-asking = Asking whether it can be approved…
approval-asking-text = This takes a few seconds more. Look again in a moment.
approval-look = Look again
approval-done = Approved: { $amount }
approval-done-text = The amount is reserved and not charged yet. Go back to your card's page: the purchase goes on there.
approval-denied = Not approved
approval-denied-limit = This is above what can be spent now. Nothing was reserved. Pay a bill, or choose another way to pay.
approval-denied-decision = This purchase was not approved. Nothing was reserved. Choose another way to pay.
approval-denied-later = This cannot be approved right now. Nothing was reserved. Try again later, or choose another way to pay.
approval-declined = You said no. Nothing was reserved.
approval-gone = This question is not here any more
approval-gone-text = It was answered, or its time is over. Nothing was reserved by looking at it. Go back to your card's page and ask again.

# The account
approval-room = Free to spend
approval-limit = Limit
approval-owed = Owed
approval-value = Prepaid value
approval-points = Points
approval-held = Reserved
approval-open = Open approvals
approval-open-none = None. What you approve stands here until it is used, or its time is over.
approval-cancel = Take back
approval-cancelled = Taken back. The amount is free again.
approval-history = Used and ended
approval-history-none = Nothing yet.
approval-date = Date
approval-state = State
approval-what = What
approval-amount = Amount
approval-state-permitted = being settled
approval-state-charged = charged
approval-state-refunded = given back
approval-state-expired = ended
approval-state-cancelled = taken back
approval-state-abandoned = came to nothing
approval-dispute = This is not right
approval-disputed = Noted. Somebody looks at it; the charge stands until then.
approval-single = Most for one purchase
approval-single-none = No limit of your own
approval-single-lead = Above this nothing is approved, whoever asks.
approval-single-field = Amount, empty for none
approval-single-do = Set
approval-single-set = Set.

# A month's statement
approval-statement = Statements by month
approval-statement-title = Statement for { $month }
approval-statement-lead = What was booked in this month, from the books themselves.
approval-statement-none = Nothing was booked in this month.
approval-statement-opening = Owed at the beginning
approval-statement-closing = Owed at the end
approval-statement-now = Owed now
approval-statement-costs = Charged
approval-statement-gives = Credited
approval-statement-charged = { $kind } from { $seller }
approval-statement-charged-forgotten = A purchase
approval-statement-back = Given back: { $kind } from { $seller }
approval-statement-paid = Your payment
approval-statement-filled = { $means ->
    [points] Points given
   *[value] Paid in
  }
approval-statement-drained = { $means ->
    [points] Points lapsed
   *[value] Paid out to you
  }
approval-statement-before = The month before
approval-statement-after = The month after

# What is stored
approval-mine-lead = What you signed in with, and what you approved: kind, price and seller, never what a work is called. Of password, codes and sessions only digests are kept.
approval-mine-file = Your file at the bureau
approval-mine-approvals = Approvals
approval-mine-forget = Name, password, passkeys, codes, sessions, limit and file number are deleted at once, and points lapse. What was bought and paid stays in the books, under a number that leads to nobody.
approval-mine-not = { $code ->
    [leave-owes] Something is owed. Pay the bill first; nothing was deleted.
    [leave-reserved] Something is reserved. Take open approvals back or wait until they are settled; nothing was deleted.
    [leave-value] Prepaid value is left. Have it paid back first; nothing was deleted.
   *[other] A charge is disputed. Wait until that is decided; nothing was deleted.
  }

# The people who run it
approval-desk = Console
approval-desk-users = Users
approval-desk-user = User
approval-desk-none = No users yet.
approval-desk-limit = Limit
approval-desk-set = Set limit
approval-desk-bill = Bill paid
approval-desk-bill-do = Note
approval-desk-sellers = Sellers
approval-desk-sellers-none = Nothing is owed to sellers.
approval-desk-pay = Pay through the bank
approval-desk-disputes = Disputes
approval-desk-disputes-none = Nobody disputes anything.
approval-desk-refund-seller = Give back, seller bears it
approval-desk-refund-own = Give back at our cost
approval-desk-stands = It stands
approval-desk-silent = Silent sellers
approval-desk-silent-text = These sellers were permitted to charge and have not said for thirty days what became of it. Ask them first: once you give one up, the amount is the user's again and the seller can no longer charge it.
approval-desk-give-up = Give up
approval-desk-alarm = The bureau is silent
approval-desk-alarm-text = { $n ->
    [one] { $n } purchase was approved without it since { $time }, { $amount } in all.
   *[other] { $n } purchases were approved without it since { $time }, { $amount } in all.
  }
approval-desk-calm = The bureau answers.
approval-desk-figure = { $line ->
    [credit-granted] Of limits, not owed yet
    [cash] Cash taken for bills and prepaid value
    [points-given] Points and value given
    [approved] Charged and not yet credited to sellers
    [part-of-sales] Kept of sales
    [disputes] Given back at our cost
    [forgotten] Charges a restored approver had forgotten
    [on-its-way-to-sellers] On its way to sellers
    [approvals-open] Approvals open
    [approvals-charged] Approvals charged
    [held] Reserved
   *[other] Other
  }
approval-desk-figures = Books

# The card's page
wallet-approval-way = { $amount }, approved by { $approver }
wallet-approval-ask = Let { $approver } approve { $amount }?
wallet-approval-learns = { $approver } knows you, and learns the kind and the price, not the title. { $seller } learns that it is permitted, and not who you are.
wallet-approval-knows = { $approver } knows you, and learns the kind and the price, not the title. { $seller } will know you again by a number that only { $seller } sees: the publisher allows it.
wallet-approval-go = Ask { $approver }
wallet-approval-waits = { $approver } waits for your answer
wallet-approval-waits-text = Open its page, sign in there, and compare the code. Then come back and go on.
wallet-approval-open = Answer at { $approver }
wallet-approval-look = Go on
wallet-approval-code-why = Its page shows the same code. If it does not, say no there.
wallet-approval-have = Approved by { $approver }
wallet-approval-pay = Buy for { $amount }
wallet-approval-no = Not approved
wallet-approval-other = Pay another way
