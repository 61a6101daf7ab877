# Pages of shops.

# Around every page
shop-nav = Shop
shop-works = Works
shop-publishers = Publishers
shop-how = How it works
shop-refunds = Refunds
shop-stores = What this shop stores
shop-search = Search
shop-search-label = Title or name
shop-all = All

# Kinds
kind-of = { $kind ->
    [sound] Music and sound
    [video] Film
    [text] Book or text
    [picture] Picture
    [program] Game or program
   *[mixed] Work
  }
kinds-of = { $kind ->
    [sound] Music
    [video] Films
    [text] Books
    [picture] Pictures
    [program] Games
   *[mixed] Other
  }
kind-by = { $kind ->
    [sound] Music and sound. { $publisher }
    [video] Film. { $publisher }
    [text] Book or text. { $publisher }
    [picture] Picture. { $publisher }
    [program] Game or program. { $publisher }
   *[mixed] Work. { $publisher }
  }

# Front
front-title = Works to keep and hand on
front-new = Newest here
front-all = All works
front-found = { $n ->
    [one] { $n } work for “{ $query }”
   *[other] { $n } works for “{ $query }”
  }
front-kind = { $kind ->
    [sound] Music
    [video] Films
    [text] Books and texts
    [picture] Pictures
    [program] Games and programs
   *[mixed] Other works
  }
front-count = { $n ->
    [one] { $n } work
   *[other] { $n } works
  }
front-empty = Nothing published yet.
front-empty-do = Come back soon: this shop has opened its door before its first work.
front-nothing = Nothing found for “{ $query }”.
front-nothing-kind = Nothing of this kind yet.
front-mean = Did you mean { $title }?
front-see-all = See all works
front-legend = a friend's fare, one tooth for each generation of copies
front-legend-due = arrives locked, pay to unlock
front-page = Page { $page } of { $pages }
front-previous = Previous page
front-next = Next page
front-pages = Pages
front-kinds = Kind of work
front-choose = Choose a license, from { $price }
front-fail = The shelf can't be read at the moment.
front-fail-do = Nothing was paid or lost. Try again in a moment.

# Tiles
tile-from = from { $price }
tile-free = Free
tile-moves = moves, never copies
tile-stays = stays on your card
tile-copies-free = copies are free
tile-sold-out = sold out
tile-left = { $left } of { $size } left
tile-file = Free file, { $size }
tile-file-of = : the sealed file of { $title }
tile-preview = Preview
front-preview-fail = The preview didn't load?
front-preview-again = Play again
tile-preview-of = Preview of { $title }

# What it is about
how-copy = Copy the file
how-copy-text = Every work is sealed. Download it, put it on a stick, give it away. It costs nothing and plays nothing until a license arrives.
how-hand = Hand on the license
how-hand-text = Your card gives your friend's card a license of its own. Their fare is set aside in the same step, no network needed.
how-home = The fare goes home
how-home-text = The next time one of the cards is online, at a cash machine or in a shop, the fare is collected for the publisher.

# A work
work-skip = Skip to the licenses
work-by = Published by { $publisher }
work-since = Here since { $day }
work-cover = Cover of { $title }
work-preview = Preview
work-preview-free = free, nothing is needed for it
work-preview-fail = The preview didn't load? Load this page again; buying works without it.
work-license = Choose a license
work-none = Not sold at the moment.
work-none-text = The file still opens with a license from a friend, and licenses you hold go on working.
work-sold-out = { $n ->
    [one] The only one is sold. Its owner may still give it away.
   *[other] All { $n } are sold. Owners may still give theirs away.
  }
work-file = The file is free
work-file-text = Anyone may download it, copy it and pass it on. It is sealed and opens with any license for this work.
work-file-get = Download the file, { $size }
work-file-unique = This work is sealed anew for every buyer. Your own file waits for you after the purchase.
work-tracks = { $n ->
    [one] { $n } track
   *[other] { $n } tracks
  }
work-performers = Performed by
work-creator = Made by
work-seller = Who sells it
work-seller-name = Seller
work-seller-id = Certified as
work-seller-at = Answers at
work-publisher = Publisher
work-content = Content number
work-confirm = Next you confirm on your card, not on this page. This shop sees a payment and a card number made for this purchase; it does not see who you are.
work-no-wallet = Did no wallet open?
work-no-wallet-do = Get one in one step

# An offer
offer-unlimited = Unlimited
offer-plays = { $n ->
    [one] { $n } play
   *[other] { $n } plays
  }
offer-period = { $span } from the first play
offer-until-day = Until { $day }
offer-numbered = Numbered, one of { $size }
offer-part = The first { $share }
offer-line-unlimited = Play as often as you like, on your own players.
offer-line-plays = { $n ->
    [one] Play it once. An interrupted play may be continued for 24 hours.
   *[other] Play it { $n } times. An interrupted play may be continued for 24 hours.
  }
offer-line-period = It plays for { $span } after you first start it.
offer-line-until = It plays until { $day }.
offer-line-part = It opens the first { $share } of the work.
offer-line-nothing = The license alone, without the work.
offer-left = { $left } of { $size } left
friend-copy = { $n ->
    [one] { $key } for each friend you copy it for; their copies end there
   *[other] { $key } for each friend, copies of copies up to { $n }
  }
friend-copy-free = { $n ->
    [one] Copies for friends are free; their copies end there.
   *[other] Copies for friends are free, copies of copies up to { $n }.
  }
friend-copies-max = { $n ->
    [one] One copy in all.
   *[other] At most { $n } copies in all.
  }
friend-move = { $key } for the friend you move it to; it is never copied
friend-move-free = You can move it to a friend's card; it is never copied.
friend-locked = { $key } unlocks a copy for a friend; the copy itself is free
friend-none = It stays on your card; it can't be handed on.
offer-buy = Buy { $price }
offer-buy-free = Get it free
offer-buy-what = : { $title }, { $license }
offer-tax = Tax contained, { $rate }
offer-refund = Refund
offer-refund-none = None
offer-refund-any = { $part } within { $days ->
    [one] { $days } day
   *[other] { $days } days
  }
offer-refund-unplayed = { $part } within { $days ->
    [one] { $days } day
   *[other] { $days } days
  }, until first played
offer-pay = Ways to pay
offer-offline = Plays without a network
offer-yes = Yes
offer-number = Offer number
offer-enterprise = Enterprise
offer-until = Offered until
offer-details = Terms in full
tender-slip = Electronic money on your card
tender-value = Coupons, tickets and points
tender-charge = Your phone bill, through your carrier
tender-approval = An approval from your bank or card company
tender-receipt = The receipt of an earlier payment
tender-medium = A disc or card you own
tender-order = Cash or bank

# Publishers
publishers-title = Publishers
publishers-lead = Whose works this shop sells. Each is certified by the registry; the money for a work is theirs.
publisher-of = Works of { $publisher }
publisher-certified = Certified as

# Order, receipt, refund
order-title = Your order
order-way = Your payment is on its way.
order-way-text = The shop has your payment and asks the issuer about it. Your card asks again with the same number, so you can't pay twice. You may close this page.
order-given = Finished. { $title } is yours.
order-given-text = The license is on your card. Play it in your wallet. However often it was delivered, it is there once, and paid once.
order-refunded = Handed back on { $day }.
order-refunded-text = { $amount } went back to the card that paid. The license on it has ended.
order-void = That purchase did not happen.
order-void-text = Nothing was paid: the shop refused it for good, and your card has the amount back or never gave it. You may start again from the work.
order-open = Open your wallet
order-play = Play
order-receipt = See the receipt
order-unknown = There is no order here.
order-unknown-text = This shop knows no order under this address. If your card says that a payment is on its way, open your wallet: it asks this shop again by itself.
receipt-title = Receipt { $number }
receipt-what = What
receipt-amount = Amount, tax included
receipt-tax = Tax by rate
receipt-rate = Rate
receipt-net = Net
receipt-tax-sum = Tax
receipt-gross = Together
receipt-total = Total
receipt-sold-by = Sold by
receipt-paid = Paid with
receipt-paid-money = { $sum } of electronic money
receipt-paid-receipts = { $sum } by an earlier receipt
receipt-paid-values = { $sum } in coupons or points
receipt-paid-medium = { $sum } with a medium of yours
receipt-paid-approved = { $sum } by approval: { $name } pays
receipt-paid-telephone = { $sum } on the telephone bill of { $name }
receipt-paid-bank = { $sum } debited by { $name }
receipt-paid-cleared = { $sum } of electronic money, after { $name } had refused the charge
receipt-paid-free = Nothing: it was free
receipt-offer = Offer
receipt-deal = Deal
receipt-serial = Number in the edition
receipt-rule = Refund rule
receipt-state = State
receipt-state-given = Delivered
receipt-file = Download your own sealed file
receipt-private = Whoever has this page's address can see this receipt. Nothing on it says who you are.
receipt-thanks = Thank you. It is yours to keep.
receipt-refund = Ask for a refund
refund-title = Ask for a refund
refund-for = { $title }, receipt { $number }
refund-may = You can hand it back until { $day }.
refund-may-text = Open your wallet, choose the license and press “Hand back for a refund”. Your card gives the license back and { $amount } comes back to your purse in the same step.
refund-unplayed = Once it has been played it can't be refunded automatically; your card knows whether it has.
refund-late = The time for a refund ended on { $day }.
refund-none = This license is sold without a refund.
refund-write = If something is wrong with the work, write to its publisher, { $publisher }. The receipt number is enough.
refund-done = It was handed back on { $day }, and { $amount } went back.
refunds-title = Refunds
refunds-lead = Every offer says before you pay whether, until when and how much of its price comes back.
refunds-how = How it goes
refunds-how-text = You hand the license back from your wallet. Your card proves that it was not played, gives it up, and the money comes back to your purse in the same step. Nobody has to decide.
refunds-played = If it was played
refunds-played-text = Then it can't be refunded automatically. If the work is faulty, write to its publisher; the receipt number is enough.
refunds-who = Who sells


# Help
help-title = How it works
help-lead = Buying takes a wallet: a program of your own that runs your card. This shop never sees it.
help-wallet = Get a wallet in one step
help-wallet-text = Type this where Rust is installed. It installs Keyfare and starts your wallet in this shop's realm. The wallet prints an address: open it in this browser. There you choose a PIN, and your card is made and shows its two words.
help-wallet-have = Type this where Keyfare is installed. It starts your wallet in this shop's realm. The wallet prints an address: open it in this browser. There you choose a PIN, and your card is made and shows its two words. This shop does not say where Keyfare comes from: ask the people who run it.
help-wallet-back = Then come back to the work and press Buy again. Nothing was paid.
help-open = Open my wallet
help-buy = Buy
help-buy-text = Press Buy at a work. Your wallet opens at { $address }, asks this shop for the price and shows what you would sign. Check the amount, the seller and your two words there. Nothing is paid before you agree on that page.
help-again = If a page closes or the line breaks, press Buy again or open your wallet. The same purchase is finished, and paid once.
help-play = Play
help-play-text = Download the sealed file here or take it from a friend; it is the same file. Your wallet plays it as soon as the license is on your card.
help-hand = Hand on
help-hand-text = If the license allows it, your card gives a friend's card a license of its own, with or without a network. The friend pays the fare drawn on the key; it goes to the publisher.

# Nothing here, refused
nothing-title = There is nothing here.
nothing-text = The address may be misspelt, or the work was taken off the shelf. Licenses you hold go on working.
refused-title = That did not work.
refused-text = Nothing was paid. Try again in a moment.

# What is stored about a purchase
stored-title = What is stored about receipt { $number }
stored-lead = All of it, besides the receipt itself. No name, no address, no card number is here.
stored-work = Work
stored-receipt = Receipt
stored-order = Order
stored-tag = Tag of your card, used once
stored-license = License
stored-slip = Payment
stored-charge = Charge
stored-payer = Who pays the charge
stored-record = Its money
stored-record-open = has not come yet
stored-record-settled = settled { $at }
stored-approver = Who pays for what was approved
stored-medium = Medium, by the name it paid under
stored-made-out = License made out anew to your other keys
stored-times = { $count } times
stored-waits = Waits for people to look at it
stored-decision = Answer to your card kept, to be said again
stored-yes = yes
stored-no = no
stored-buyer = Number only this shop has for your card
stored-buyer-gone = forgotten
stored-file = Download it as a file
stored-forget = Have your number forgotten
stored-forget-text = Then nobody here can tell which of your other purchases belong to the same card. The sale stays in the books; your license works as before, and can still be handed back in its time.
stored-forget-do = Forget my number
stored-days = It goes by itself { $days } days after the purchase.
stored-forgotten = Your number was taken out of this purchase. The sale is in the books, about nobody.
stored-back = Back to the receipt
receipt-stored = What is stored about this
