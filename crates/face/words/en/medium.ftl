# A medium as a way to pay: the publisher's console, and the wallet's pages.

console-media = Media
console-media-lead = Discs and sticks that pay: each medium you pressed pays one order of its offer, once, for whoever has it first. Its license is bound to that buyer’s player and drive.
console-media-offers = Offers that media pay for
console-media-work = Work
console-media-offer = Offer
console-media-count = Media known
console-media-paid = Have paid
console-media-known = { $n }
console-media-used = { $n }
console-media-none = None of your offers is sold against media yet. Tick “Also sold against media” when you publish; it is signed with the offer. On your own machine:
console-media-sell = Also sold against media
console-media-sell-text = You press discs or sticks that pay for it, once each. A license bought so plays on the buyer’s player and drive only.
console-receipts-sell = May be paid first and got later
console-receipts-sell-text = Buyers may pay now and have a receipt on their card. With it they get this work later, once.
console-media-order = Order media
console-media-order-text = Their ids are drawn here and pay from now on. You get a file; the press makes the discs from it and from the sealed work.
console-media-order-offer = For the offer
console-media-order-line = { $title }, { $offer }
console-media-order-count = How many
console-media-order-do = Draw the ids
console-media-orders = Ordered
console-media-ordered = When
console-media-order-file = Download for the press
console-media-order-file-of = Download for the press: { $n } for offer { $offer }
console-media-order-care = Whoever has this file has what its media pay for. Keep it like the discs.
console-media-order-how = Download the sealed work on its page in the shop, then:
console-media-bring = Pressed with keys of your own
console-media-how = The press writes the file beside the media it makes:
console-media-took = { $n ->
    [one] One medium pays for offer { $offer } now.
   *[other] { $n } media pay for offer { $offer } now.
  }
console-media-no = { $code ->
    [batch-not-genuine] This is no batch file for this shop, or no publisher of this realm has signed it. Press for this shop and bring the new file.
    [batch-without-offer] This batch names no offer: its keys come from copy management. Press media for a shop with --offer.
    [batch-other-publisher] Another publisher pressed these. Sign in for that one.
    [media-count] A batch has 1 to 10,000 media.
    [media-orders] Two hundred orders are kept for you. Order more media at once.
    [restored] The shop is finding out what it forgot. Order again later.
    [offer-unknown] There is no such offer here. Publish it first.
    [offer-not-for-media] This offer is not sold against media. Its publisher signs that with the offer: publish with --media.
    [media-not-theirs] These media are of another work than the offer they name. Press the offer’s own work.
    [medium-other-offer] A medium of these pays for another offer already; each pays for one.
   *[other] { $detail }
  }

wallet-medium-way = With a medium you have, in place of { $sum }
wallet-medium-ask = Pay { $seller } with a medium?
wallet-medium-lead = A medium pays once, for whoever has it first. Nothing leaves your purse.
wallet-medium-field = Number on the medium’s label
wallet-medium-hint = 26 letters and digits, in groups. It stands in MEDIUM.TXT too.
wallet-medium-player = Player
wallet-medium-drive = Drive
wallet-medium-bound = Plays on
wallet-medium-bound-what = this player and this drive only, with your card
wallet-medium-none = No player and drive are attached to this wallet, and what a medium pays for is bound to both.
wallet-medium-none-how = Put their directories at devices/player and devices/drive of this installation, or start the wallet with --player and --drive.
wallet-medium-yes = Pay with this medium
wallet-medium-other = Pay another way
wallet-bound = Plays on
wallet-bound-what = its player and drive only, with this card

# The page for copying from a medium
media-title = Copy from a medium
media-what = A disc or a stick you own, copied to your drive.
media-lead = A disc or a stick you own, copied to your drive, once. The copy plays with your card on this player and this drive, without a network.
media-none = No card, player and drive are registered here, and a copy belongs to all three.
media-none-how = Register them once with the gateway where you have an account:
media-in = In this computer
media-in-none = No medium is in this computer.
media-other = Another folder, or an image
media-other-hint = It holds MEDIUM.TXT and CONTENT.KFR.
media-at-most = Pay at most
media-at-most-hint = Most media were paid for when they were bought. If a key costs more than this, nothing happens.
media-do = Copy to this drive
media-going = Copying { $title }
media-asking = Asking for its key…
media-percent = { $n } %
media-going-text = You may close this page. If the copy is interrupted, it goes on where it was.
media-done = { $title } is on your drive.
media-cost = Its key cost { $sum }.
media-unreported = Not reported yet: your gateway did not answer. It plays all the same, and is reported with the next copy.
media-stopped = { $title } was not copied
media-again = Go on
media-copies = On your drive
