# The wallet's own pages: the card, its library, its money, its settings.

# Around every page
wallet = Wallet
wallet-card = Card
wallet-library = Library
wallet-history = History
wallet-settings = Settings
wallet-values = Coupons and points
wallet-limits = Limits and PIN
wallet-log = Playback log
wallet-ask = Ask for help
wallet-software = About software cards
wallet-back = Back to your card
wallet-pin = Card PIN
wallet-tries = { $n ->
    [one] One try left.
   *[other] { $n } tries left.
  }
wallet-nothing = Nothing has changed.
wallet-until = Good until
wallet-own-page = This page belongs to your card. Check the two words above: only your card knows them. If they are wrong or missing, type no PIN and close this page.

# Refused
no-title = Nothing has changed.
no-code = Code: { $code }

# Home
home-purse = Purse
home-yours = yours to spend
home-contact = Last contact with your issuer: { $when }.
home-contact-never = Your card has not met its issuer yet. It goes online by itself.
home-payments = { $n ->
    [0] No payment can be made before the card has been online once.
    [one] One more payment before the card asks to go online.
   *[other] Up to { $n } more payments before the card asks to go online.
  }
home-escrow-none = Your card carries no fares.
home-escrow-see = See where it comes from
home-empty-purse = Nothing to spend. Free works and gifts need no money.
home-newest = Newest in your library
home-all = { $n ->
    [one] Your one license
   *[other] All { $n } licenses
  }
home-places = { $used } of { $room } places used
home-full = Your card is full. Delete a license you no longer want before you buy another; nothing is paid before there is room.
home-put-back = This card was put back from a copy. It plays as usual, and makes no deals until it has been online once.
home-frozen = This card is an older copy of itself, so it makes no deals. It plays as usual. Your issuer resumes it once late payments are in; your money is not lost.
home-silent = Your card has been away from its issuer for long. Playing goes on; paying waits for one contact. No money is lost.
home-card-here = Card { $card }, software card on this computer
home-card-tpm = Card { $card }, software card tied to this computer's TPM
home-card-new = Software card on this computer, not enrolled yet

# On its way, of which only one card is part
way-load = { $sum } is on its way to your purse. Your card has asked for it and waits for the issuer's answer; it asks again by itself, with the same number.
way-out = { $sum } is on its way to your account. Your card asks again by itself, with the same number; it is paid out once.
way-surrender = { $title } is on its way back to its seller, for { $sum }. Your card asks again by itself, with the same number.
way-unlock = { $sum } for unlocking { $title } is on its way. Your card asks again by itself, with the same number; you pay once.
way-again = Ask again now

# Library
lib-empty = No licenses yet.
lib-empty-do = Find something in a shop; it will ask this card. Or take a copy from a friend.
lib-found = { $n ->
    [0] Nothing found for “{ $query }”.
    [one] One license for “{ $query }”
   *[other] { $n } licenses for “{ $query }”
  }
lib-search = Search
lib-search-label = Title or publisher
lib-show-all = Show all
lib-unlimited = Plays as often as you like
lib-plays = { $left ->
    [one] One play left of { $all }
   *[other] { $left } plays left of { $all }
  }
lib-period = Plays for { $span } from the first play
lib-until = Plays until { $day }
lib-part = The first { $share } plays
lib-serial = Number { $n } of an edition of { $of }
lib-bound = Plays on its own player and drive only
lib-cost = You paid { $sum } on { $day }.
lib-cost-none = It came free on { $day }.
lib-again = It can be had again for { $sum }, until { $day }.
lib-again-not = It can't be had again on these terms: its offer ended on { $day }.
lib-again-edition = It is one of a numbered edition: this one can't be had again.
lib-missing = The license is here, the file is not. Any copy of the file will do.
lib-newer = There is a newer version; your license opens it
lib-coming = The file is coming.
lib-coming-part = The file is coming: { $percent }
lib-play = Play
lib-license = License
lib-of = { ": " }{ $title }
lib-get = Get the file
lib-unlock = Unlock { $fare }
lib-stays = stays on your card
lib-copies-left = { $n ->
    [one] one more copy
   *[other] { $n } more copies
  }

# One license
lic-may = What it allows
lic-plays = Plays
lic-ends = Ends
lic-period = Period
lic-period-from = { $span } from the first play
lic-share = How much of the work
lic-share-all = all of it
lic-handing = Handing on
lic-copy = A friend may have a license of their own for { $fare }.
lic-copy-free = A friend may have a license of their own, free.
lic-copy-deeper = { $n ->
    [0] Its copies end there.
    [one] Copies of it may be made for one more generation.
   *[other] Copies of copies may be made for { $n } more generations.
  }
lic-copy-end = It is at its last generation: it may not be copied again.
lic-copy-left = { $n ->
    [0] It has made all the copies its publisher allows.
    [one] It may still make one copy.
   *[other] It may still make { $n } copies.
  }
lic-move = You may give it away for { $fare }; afterwards it no longer plays here.
lic-move-free = You may give it away, free; afterwards it no longer plays here.
lic-none = It stays on your card; it can't be handed on.
lic-from = Where it came from
lic-from-shop = You bought it from { $seller } on { $day } for { $price }.
lic-from-gift = You got it from { $seller } on { $day }, free.
lic-from-friend = It came from a friend's card on { $day }, against a fare of { $price }. { $seller } had sold the first one.
lic-from-friend-free = It came from a friend's card on { $day }, free. { $seller } had sold the first one.
lic-receipt = See the receipt
lic-shop = See it at { $seller }
lic-again = Get it again at { $seller }
lic-publisher = Publisher
lic-seller = Seller
lic-generation = Generation
lic-generation-of = { $n ->
    [0] 0, as sold
   *[other] { $n } of { $of }
  }
lic-serial = Number in the edition
lic-happened = What happened with it
lic-happened-none = Nothing has moved since it came.
lic-newer = There is a newer version, of { $day }
lic-newer-what = { $title }, { $size }. The publisher signed it, and your license opens it at no charge. The version you bought stays and plays on.
lic-newer-get = Get the newer version
lic-newer-coming = The newer version of { $day } is coming. What has come plays already.
lic-newer-here = The version of { $day } is here. Play opens it.
lic-newer-sold = Play the version you bought
lic-file = The file
lic-file-here = The file is here, { $size }.
lic-refund = Hand back for a refund
lic-refund-none = The publisher gives no refunds for this.
lic-refund-ends = Until { $day } you get { $share } of what you paid.
lic-refund-over = The time for handing it back ended on { $day }.
lic-refund-unplayed = Only while it was never played.
lic-refund-gone = It has been played, so it stays yours.
lic-delete = Delete this license
lic-delete-sure = Deleting refunds nothing and cannot be undone. The file stays; it opens again with another license.
lic-details = Details, for the curious
lic-signed = Signatures
lic-signed-yes = offer, terms and every link checked on this card
lic-signed-no = its papers no longer hold; ask its seller to issue it anew
lic-number = License number
lic-content = Content number
lic-file-name = Opens the file named
lic-key = Key
lic-version = The license opens every file of this work that is sealed under this key.

# Confirm
conf-title = Confirm on your card
conf-back-ask = Hand back { $title } and get { $sum }?
conf-back-yes = Hand back
conf-back-no = Keep it
conf-back-once = Pressing twice hands it back once. If the connection breaks, your card knows whether you did.
conf-free-ask = Get { $title } from { $seller }, free?
conf-free-yes = Get it
conf-free-no = Don't get it
conf-unlock-ask = Unlock { $title } for { $price }?
conf-unlock-yes = Unlock { $price }
conf-unlock-no = Not now
conf-seller = Seller
conf-centre = Unlocked by
conf-checked = signature checked
conf-publisher = Publisher
conf-from = From
conf-from-purse = Purse, { $balance }
conf-after = Afterwards
conf-purse-now = Purse now
conf-with = Paid with
conf-with-value = { $kind ->
    [coupon] Coupon
    [ticket] Ticket
    [cheque] Cheque
    [prepaid] Prepaid code
    [points] Points
    [receipt] Receipt
   *[other-kind] Value
  } “{ $label }”
conf-with-rest = { $value }, and { $rest } from your purse
conf-learns = The seller learns
conf-learns-what = A number only this seller has for your card. Not your name.
conf-terms = You get
conf-rebate = For fares you bring home
conf-rebate-money = { $share } of each fare comes back, { $most } at most, { $path ->
    [shop] where a shop collects it from your card
    [kiosk] at a kiosk
    [atm-before] at a cash machine, before banking
    [atm-after] at a cash machine
    [application] beside your card’s other uses
   *[other] when your card is online
  }: { $label }
conf-rebate-coupon = A coupon of { $share } of each fare comes back, { $most } at most, { $path ->
    [shop] where a shop collects it from your card
    [kiosk] at a kiosk
    [atm-before] at a cash machine, before banking
    [atm-after] at a cash machine
    [application] beside your card’s other uses
   *[other] when your card is online
  }: { $label }
conf-refund = Refund
conf-until = Good until
conf-another = Pay another way
conf-way-purse = { $sum } from your purse
conf-way-value = { $value }: you pay { $rest }
conf-choose = Use this
conf-first = Pay now and get it later: a receipt comes onto this card and gets it here, once, without money.
conf-first-do = Pay first
conf-first-once = You get a receipt now, not the work. It gets the work at this shop, once. Pressing twice pays once.
conf-blocked = The PIN is blocked after three wrong ones. Nothing has changed. Unblock the card with its recovery code, then start again from the shop.
conf-unblock = Unblock the card
conf-wrong = { $n ->
    [one] Wrong PIN. One try left. Nothing has changed.
   *[other] Wrong PIN. { $n } tries left. Nothing has changed.
  }
conf-short = Your purse is { $missing } short: it holds { $balance }. Nothing has changed.
conf-changed = The shop changed the amount from { $offered } to { $asked }. Nothing was paid. Start again from the shop.
conf-short-escrow = The { $escrow } of escrow is not yours to spend.
conf-two = { $one } { $two }
conf-own-limit = { $amount } is above the limit of { $limit } that you set for one payment. Nothing has changed.
conf-own-day = With { $amount } you would spend more than the { $limit } you set for 24 hours; { $spent } went already. Nothing has changed.
conf-limit = { $amount } is above the { $limit } that your issuer lets this card pay at once. Nothing has changed.
conf-balance = Your purse may hold { $limit }; with this it would hold { $would }.
conf-credit = With this { $would } would be owed at once, and { $limit } may be. Wait until something is paid, or pay with money.
conf-centre-limit = { $sum } is more than you may load here now. Choose a smaller amount.
conf-load = Load { $sum }
conf-limits = See my limits
conf-way-on = See what is on its way
conf-make-room = Choose one to delete
conf-own = This page belongs to your card. Check the two words above: only your card knows them. If they are wrong or missing, don't type your PIN and choose { $no }.
conf-asking = Asking the seller. Nothing is paid.
conf-slow = The seller has not answered yet. It may be slow or away, or your line is down.
conf-stopped = Stopped. Nothing was agreed to and nothing has changed. Go back to the shop to press Buy again.
conf-asking-title = Your card is asked
conf-where = Where it plays
conf-where-what = Choose nothing, and it plays wherever you lend it. What you choose is written into the license by the seller, for good.
conf-where-here = On players only while this wallet answers
conf-where-on = Only on { $player }, and on others you choose here
conf-needs-script = To read an offer from a link, this page needs its own small script. Nothing is paid.
conf-nothing = This page was opened without an offer. Start again from the shop; nothing was paid.

# What became of it
deal-title = Your payment
deal-asking = Asking { $seller }…
deal-asking-what = Your card has written the payment down. This page looks again by itself; you may close it.
deal-done = Done.
deal-loaded = { $sum } is in your purse.
deal-out = { $sum } was paid out to your account.
deal-back = Handed back. { $sum } comes to your purse.
deal-cleared = { $sum } is paid. { $title } plays.
deal-unlocked = Unlocked. { $title } plays to the end.
deal-receipt = Receipt { $number }
deal-pickup = Bought at a machine? If it asks, your digits are { $code }.
deal-returned = Closed. Everything is back.
deal-returned-why = Nothing was given, and { $sum } is back in your purse.
deal-returned-none = Nothing was given, and nothing was taken.
deal-frozen = Your card found out that it is an older copy of itself. It makes no deals until its issuer has resumed it; no money is lost.
deal-soon = Play { $title }

# Load and pay out
money-load = Load money
money-out = Pay out
money-load-lead = From the account your issuer knows for this card into your purse. Nothing leaves the purse, so no PIN is asked.
money-out-lead = From your purse to the account your issuer knows for this card.
money-amount = Amount, { $currency }
money-quick = Load { $sum }
money-all = All of it, { $sum }
money-room = Your purse may hold up to { $max }. { $room } more fits.
money-once = Pressing twice moves it once.
money-opens = This card has no account yet. In this realm for trying things out, the bank opens one with play money in it when you load.
money-empty = Your purse is empty: there is nothing to pay out.
money-no-amount = Type an amount in { $currency }, like { $like }.

# History
hist-empty = Nothing has moved yet.
hist-none = Nothing like that.
hist-lead = Every movement on this card, in its own words. It stays on your card.
hist-save = Save as a file
hist-search = Find
hist-label = Title or name
hist-all = Everything
hist-money = Money
hist-works = Works
hist-plays = Plays
hist-show = Show
hist-when = When
hist-what = What
hist-with = With
hist-receipt = Receipt
hist-amount = Amount
hist-table = Movements, the latest first
hist-more = { $n ->
    [one] One older line is in the file.
   *[other] { $n } older lines are in the file.
  }
hist-did = { $what ->
    [load-asked] Asked for money
    [load-given] Loaded
    [load-back] Not loaded
    [out-sent] Sent to be paid out
    [out-given] Paid out
    [out-back] Not paid out, back in the purse
    [back-sent] Handed back
    [back-given] Refunded
    [back-back] Kept: not handed back
    [sale-paid] Paid
    [sale-given] Arrived
    [sale-back] Came back: not given
    [copy-paid] Fare set aside
    [copy-given] Arrived from a friend
    [copy-back] Fare came back: no key was sent
    [unlock-paid] Paid for unlocking
    [unlock-given] Unlocked
    [unlock-back] Not unlocked, money back
    [home-sent] Fares left for their publisher
    [home-given] Fares went home
    [home-back] Fares stay on the card
    [played] Played
    [deleted] Deleted
    [frozen] Found to be an older copy
    [resumed] Resumed by the issuer
    [mended] Repaired by its seller
    [gave-move] Given away
    [gave] Gave a copy
    [locked] A locked copy arrived
    [contradicted] Two answers that contradict one another
    [charge-paid] Paid by your carrier
    [charge-refused] Not paid by your carrier
    [value-came] A coupon or voucher came
    [value-spent] Used at this payment
    [value-dropped] Coupon or voucher thrown away
    [recovered] Recovered from a lost card
    [stopped] Stopped as lost
   *[something] Something moved
  }

# Coupons and points
val-empty = Nothing here yet.
val-empty-do = Coupons, tickets, points and vouchers that shops and friends send your card show up here, and can be used when you pay.
val-lead = What is worth something and is not money. You choose at a payment whether to use it.
val-kind = { $kind ->
    [coupon] Coupon
    [ticket] Ticket
    [cheque] Cheque
    [prepaid] Prepaid code
    [points] Points
    [refund] Refund
    [receipt] Receipt
    [account] Account
   *[other-kind] Something of worth
  }
val-what = { $kind ->
    [coupon] Takes up to { $worth } off a price.
    [ticket] Pays for one thing, whatever it costs.
    [cheque] Worth { $worth }, used whole.
    [prepaid] Worth { $worth }, used whole.
    [points] Worth { $worth }, used whole.
    [refund] { $worth } that is owed to you. It comes into your purse by itself when you are online.
    [receipt] Paid already: it gets one thing, once.
    [account] Names the account that money is loaded from. It is not used up.
   *[other-kind] Worth { $worth }.
  }
val-from = From { $maker }
val-until = Until { $day }
val-ended = Ended on { $day }
val-one = for one offer only
val-drop = Throw away
val-drop-sure = Throwing it away refunds nothing and cannot be undone.
val-take = You were given a code
val-code = Code
val-code-hint = 16 letters and digits, as on your sheet, or the text of its QR code. Dashes and small letters don't matter.
val-shop = Which shop it is of
val-take-do = Take it onto this card
val-came = “{ $label }” is on this card now. Each code is good once.
val-use = Use it at a payment: the card's page offers it where the seller takes it.

# Limits and PIN
lim-lead = What this card may spend. Yours hold within your issuer's.
lim-yours = Your limits
lim-yours-what = If somebody learned your PIN, they could spend no more than this with it. Empty means: what your issuer lets.
lim-one = In one payment
lim-day = In 24 hours
lim-spent = Spent in the last 24 hours
lim-left = { $sum } more may be spent now.
lim-issuer = Your issuer's limits
lim-balance = Most money in the purse
lim-one-max = Most money in one payment
lim-payments = Payments before going online
lim-silence = Longest time without contact
lim-save = Save limits
lim-saved = Saved. It holds from now on, without a network too.
lim-none = none of your own
lim-above = The limit for one payment is { $max } at most: that is your issuer's.
lim-pin = Change the PIN
lim-pin-old = PIN now
lim-pin-new = New PIN, 4 to 12 digits
lim-pin-again = The new PIN once more
lim-pin-change = Change the PIN
lim-pin-changed = The PIN is changed.
lim-unblock = Unblock with the recovery code
lim-unblock-what = After three wrong PINs the card pays no more. Its recovery code, shown when the card was made, sets a new PIN.
lim-code = Recovery code
lim-unblock-do = Set a new PIN
lim-unblocked = The card is open again, with its new PIN.
lim-blocked = The PIN is blocked. Playing goes on; nothing can be paid until the card is unblocked with its recovery code.

# Settings
set-language = Language
set-card = This card
set-words = Its two words
set-words-what = They stand on every page on which you pay. Only your card knows them.
set-number = Card number
set-realm = Realm
set-issuer = Issuer
set-kind = Kind
set-kind-file = Software card: a sealed file
set-kind-tpm = Software card, tied to this computer's TPM
set-keys = How keys are kept
set-keys-what = Either way they are sealed under the card's own key.
set-keys-came = As they came: opened only while something plays
set-keys-opened = Opened when they arrive: plays begin a little sooner
set-relay = Your network address
set-relay-what = A relay of your choice, like Tor, shows sellers its address in place of yours. Once chosen, nothing goes another way.
set-relay-field = Relay, empty for none
set-near = Shops near by
set-near-what = A shop on your own local network can be reached without the internet. This wallet only listens; what a shop says is checked the same way.
set-near-on = Look for shops near by
set-near-off = Look no longer
set-near-none = None heard yet. Open this page again in a moment.
set-keep = Keep them so
set-more = More
set-none = none yet
set-values-what = What is worth something and is not money.
set-limits-what = What the card may spend, its PIN, and how to unblock it.
set-reader-what = What machines with a smart-card reader ask of your card, and your word for it.
set-log-what = What this player noted, to find faults. It stays here until you send it.
set-help-what = The publisher's support desk looks at what went wrong.
set-software-what = What a software card protects, and what it does not.

# A first card
first-title = Make your card
first-lead = A card holds your keys and your money. It is made on this computer, in a few seconds: no name, no e-mail, no account.
first-pin = Choose a PIN, 4 to 12 digits
first-pin-what = You type it for every payment. Nobody can look it up for you.
first-again = The same PIN again
first-code = Code
first-code-what = It stands behind the # of the address your wallet printed when it started.
first-make = Make my card
first-differ = The two PINs differ. Nothing was made.
first-code-unknown = This code is not known, or was used before. Nothing was made. Start the wallet again for a new one.
first-honest = What a software card is, and what it is not
first-born = Your card is ready.
first-words = Its two words. They stand on every page on which you pay; only your card knows them:
first-recovery = Its recovery code, shown this once
first-recovery-what = Write it down and keep it away from this computer. It opens the card again after three wrong PINs; without it nobody can.
first-go = I have written it down
first-cannot = This computer can't keep a card here.

# The door
door-title = Open your wallet
door-code = Code
door-open = Open
door-how = Type the code your wallet printed when it started: it stands behind the # of its address. Each code opens one browser; starting the wallet again makes a new one.
door-unknown = This code is not known, or was used before; nothing has changed.

# About software cards
soft-title = What a software card is
soft-lead = Honestly, so that you can decide what to keep on it.
soft-what = What it is
soft-what-text = A sealed file on this computer, and a program that keeps its rules: it writes down what it decides before it says so, pays once, hands on against the fare only, and asks for your PIN.
soft-safe = What it protects
soft-safe-text = Other people of this computer can't read it, web pages can't reach it, and sellers learn a number instead of your name. A torn payment is finished, never paid twice.
soft-not = What it does not protect
soft-not-text = Whoever runs this computer can copy the file, and whoever steals it whole can guess a short PIN within hours. A longer PIN helps much; a program that spies on your keyboard defeats it.
soft-limits = What that could cost
soft-limits-text = Never more than the limits: { $balance } in the purse, { $one } in one payment. An older copy is noticed at its next contact and makes no deals until your issuer has looked at it.
soft-limits-none = Never more than the limits your issuer sets for software cards. An older copy is noticed at its next contact and makes no deals until your issuer has looked at it.
soft-tpm = This card is tied to this computer's TPM: its file opens nowhere else, and an older copy of it is noticed at once.
soft-no-tpm = This card is not tied to a TPM. Where a computer has one, a new card can be: the file then opens nowhere else.
soft-smart = Use a smart card
soft-smart-text = A smart card in a reader keeps the same rules in a chip of its own: it can't be copied, and its PIN can't be guessed. Its limits are higher for that.

# Asking for help
ask-lead = The publisher's support desk can look at what this player noted, and repair what a fault lost. You see everything before it is sent.
ask-work = Which work
ask-choose = Choose
ask-other = Or its title, if it is not on your card any more
ask-wrong = What is wrong
ask-as-log = As the log says
ask-trouble = { $trouble ->
    [no-answer] A payment is on its way, and its answer does not come
    [key] The license is here, and it does not open
    [lost] A license I bought is not on my card any more
    [package] The file is gone or damaged
    [counted] A play was counted, and nothing was played
   *[else] Something else
  }
ask-words = In your words
ask-words-what = People read this. Leave your name out.
ask-show = Show what would be sent
ask-sent = Sent
ask-send-title = Send this to { $desk }?
ask-send-lead = Nothing has been sent yet. This is all of it:
ask-said = What this player said
ask-also = Also asked
ask-also-what = { $seller }: what it decided about your purchase. Only your card can open its answer.
ask-log = Playback log of this publisher's works
ask-log-none = Nothing noted.
ask-private = It does not say who you are, which card this is, or what else you play.
ask-send = Send
ask-not = Don't send
ask-with = Help with { $title }
ask-stage = { $stage ->
    [repaired] Repaired.
    [answered] { $desk } has answered.
    [looking] { $desk } has it and looks at it.
   *[waits] On its way. It is written down here and can be sent again.
  }
ask-notes = Notes sent along
ask-again = Ask again
ask-again-what = Asking again sends the same request and gets the same answer.
ask-english = The desk's own words

# The playback log
log-step = { $step ->
    [began] Began
    [continued] Went on
    [asked] Asked for
    [played] Played
    [refused] Refused
    [stopped] Stopped by itself
    [handed-out] Left as a file
   *[ended] Ended
  }
log-more = { $what } { $more }
