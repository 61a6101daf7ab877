# Machines that people stand before: deposit machine, vending machine, kiosk. Short, for one hand and no time.

mach-nav = This machine
mach-foot = No money moves on this screen. Your card shows every amount once more.
mach-home = Begin again
mach-steps = Steps
mach-leave = Leave
mach-more-time = More time
mach-time = Are you still there? This screen starts again in { $seconds } seconds. No money has moved.
mach-number = Number { $number }
mach-keep-number = Keep this number until you have what you paid for.
mach-broken = This machine takes nothing at the moment
mach-broken-how = Nothing of yours is in it. Whoever runs it has been told.
mach-simulated = For trying out: this machine has no metal. What follows stands for its hands.
mach-operator = Run by
mach-refused = That did not work. Nothing has changed.

deposit-title = Put money on your card
deposit-lead = Bring your card or phone, then put in notes and coins.
deposit-step-card = Card
deposit-step-cash = Cash
deposit-step-done = On the card
deposit-begin = Go on with my card
deposit-begin-how = Your wallet opens. You name the amount there.
deposit-most = At most { $most } at a time. Exactly the amount you named is loaded, or everything comes back.
deposit-put-in = Put in { $amount }
deposit-sum = { $purse } on the card + { $amount } = { $total }
deposit-named = Amount named
deposit-counted = In the tray
deposit-missing = { $sum } is missing. Put it in, or take everything back.
deposit-over = { $sum } too much is in the tray. No change is given: take everything back and put in the amount.
deposit-exact = That is exactly the amount.
deposit-load = Load { $amount }
deposit-back = Give everything back
deposit-notes = Notes
deposit-note = Put in { $sum }
deposit-until = Until { $time } the notes wait here; then they come back by themselves.
deposit-working = { $amount } is on its way to your card
deposit-working-how = The notes lie in the tray until the card has its money. If the line breaks, you get the money or the notes.
deposit-returning = The notes are coming back
deposit-done = { $amount } is on your card
deposit-done-how = You may take your card. The notes are in the machine.
deposit-back-done = Everything was given back
deposit-back-how = Take your notes. Nothing was loaded, and your card is as it was.
deposit-unknown = No order of that number was made here.

vend-title = What would you like?
vend-lead = Touch something. You see who sells it and what it costs on your own wallet before anything is paid.
vend-slot = Slot { $slot }
vend-empty = This machine is empty at the moment.
vend-sold-out = Sold out
vend-left = { $n ->
    [one] the last one
   *[other] { $n } left
  }
vend-chosen = Chosen
vend-step-choose = Choose
vend-step-pay = Pay
vend-step-take = Take it
vend-pay-title = { $title }, { $price }
vend-pay = Pay on my wallet { $price }
vend-pay-how = Your wallet shows this machine, its operator, the article and the price. It falls only after you agreed there.
vend-waits = Waiting for your wallet.
vend-machine = Machine
vend-price = Price
vend-other = Choose something else
vend-coming = { $title } is coming
vend-coming-how = Paid. Hold your hand before the flap.
vend-out = Take your { $title }
vend-out-paid = Paid: { $price } from your card.
vend-out-bill = Enjoy. { $price } will be on your telephone bill.
vend-out-other = Paid: { $price }.
vend-waiting = { $title } is paid and still inside
vend-waiting-how = The machine was without power, or you were away. It gives what you paid for when you are here, once.
vend-give = Give it to me now
vend-stuck = { $title } did not come out
vend-stuck-how = You are not charged for nothing: open the paper for it in your wallet's library and hand it back. Nothing more is sold from this slot.
vend-back = The paper for { $title } was handed back
vend-back-how = The money is on its way back to your card. Nothing falls for it any more.
vend-unknown = This machine has to be looked at
vend-unknown-how = It was put back from a copy and does not know whether your { $title } fell. Its operator decides; show your number.
vend-no-sale = No such sale here.
vend-stock = Stock
vend-stock-none = Nothing is for sale here yet. Articles stand in the machine's configuration.
vend-article = Article
vend-filled = Filled in
vend-here = To be sold
vend-state = State
vend-state-gives = gives
vend-state-stuck = stuck
vend-add = Pieces added
vend-add-how = A negative number takes pieces out. Filling says that the slot gives again.
vend-fill = Fill slot { $slot }

kiosk-title = Good to see you. What shall it be?
kiosk-buy = Buy a work
kiosk-buy-how = Music, books, films, games: the license comes onto your card.
kiosk-load = Put money on your card
kiosk-load-how = With notes and coins, at the machine beside this one.
kiosk-fares = Send fares home
kiosk-fares-how = Fares your card carries for publishers leave here while you do something else.
kiosk-works = Choose a work
kiosk-none = Nothing is on sale at the centre at the moment.
kiosk-silent = The centre does not answer
kiosk-silent-how = Nothing was ordered and nothing was paid. Whatever you paid before is safe: your card has it in writing.
kiosk-of = from { $price }
kiosk-by = { $name }
kiosk-at = This is screen { $screen } of the kiosk; { $centre } sells.
kiosk-choose-license = Choose a license
kiosk-pay-title = You pay { $price }
kiosk-pay = Pay on my wallet { $price }
kiosk-pay-how = No money moves on this screen. Check the amount on your card's own page.
kiosk-waits = Waiting for your card.
kiosk-step-choose = Choose a work
kiosk-step-pay = Pay
kiosk-step-receive = Take it on the card
kiosk-done = Take your card. { $title } is on it.
kiosk-done-how = Play it on your player or your phone; the file is free at the shop.
kiosk-void = Nothing was sold, and nothing was paid.
kiosk-order = Order { $number }
kiosk-order-how = If the light goes out: come back with this number, to any screen of this kiosk. You do not pay twice.
kiosk-order-open = Not paid yet
kiosk-order-given = Paid, and on the card
kiosk-back-by = The license comes over the network, or through this kiosk: name it in your wallet's settings as the relay, { $address }.
kiosk-carried = { $taken ->
    [0] Nobody has sent fares home from here yet.
   *[other] { $delivered } of { $taken } deliveries have arrived; what has not is tried again by itself.
  }
kiosk-page-next = Next
kiosk-page-before = Before

cash-title = Put money on your card at { $machine }
cash-lead = Name the amount, then put exactly that in. The notes wait in the tray until your card has the money; if anything breaks you have the money or the notes.
cash-name = Name { $amount }
cash-go = Go on
cash-put-in = Put { $amount } into { $machine }
cash-sum = { $purse } on the card + { $amount } = { $total }
cash-in-tray = { $counted } of { $amount } is in the tray.
cash-exact = Exactly { $amount } is in the tray.
cash-over = { $counted } is in the tray, more than the { $amount } you named. Take everything back.
cash-load = Load { $amount }
cash-back = Give everything back
cash-was-back = { $machine } gives everything back. Nothing was loaded.
cash-look = Look again
cash-gone = { $machine } has no order of yours. Begin again with the amount.

online-title = Load with a password
online-lead = From your account at a bank, or onto your telephone bill: the money is in your purse at once.
online-from = Where from
online-account = { $name }: from your account
online-bill = { $name }: on your telephone bill
online-name = Your name there (at a carrier: your telephone number)
online-password = Your password there
online-kept = Name and password go to that centre alone and are kept nowhere here.
online-none = No bank and no carrier of this realm answers now. Try again later.
online-choose = Choose where the money comes from.
