# What a card asks and says: paying, copying, escrow, on its way, refused.

# Confirming a payment
pay-ask = Pay { $price } to { $seller }?
pay-yes = Pay { $price }
pay-no = Don't pay
pay-after = From: Purse, { $balance }. Afterwards: { $rest }
pay-learns = The seller learns: a number only this seller has for your card. Not your name.
pay-once = Pressing twice pays once. If the connection breaks, your card knows whether you paid.
pay-own = This page belongs to your card. Check the two words above: only your card knows them. If they are wrong or missing, don't type your PIN and choose Don't pay.

# The fee notice
fee-notice = There is a fee for copying this: { $fare }
fee-free = Copying this is free.
fee-yes = Agree and copy { $fare }
fee-no = Don't copy
fee-purse = Your purse: { $before }, afterwards { $after }
fee-escrow = Escrow on your card: { $before }, afterwards { $after }
fee-rides = { $total } of escrow: your fare of { $fare }, and { $rides } that rides along from { $giver }'s card.
fee-from = { $giver } bought it on { $date } for { $price }. The fare is for { $publisher }.
fee-bound = Only for the player and drive attached here
fee-bound-text = What your friend paid with a medium is handed on only so. It then plays on player { $player } with drive { $drive }, and nowhere else.
fee-start = Nothing has started yet. The key comes only after your fare is set aside, and the fare only leaves your purse if the key can come.
fee-where = It stays on your card as escrow for { $publisher } and goes home when one of the cards is online, at a cash machine or in a shop. { $giver } gets none of it, and you can't spend it.
move-ask = Give away { $title }? After this you can't play it.
lock-ask = This copy is free and arrives locked. It plays the first { $share }. Unlocking costs { $fare }.

# Escrow and no network
escrow-what = Fares your card carries home for publishers. It isn't yours to spend, and never counts against what you can.
escrow-why = When you received these works from a friend, you agreed to a fare. Your card moved it out of your purse and keeps it for the publisher, because there was no network to pay them then.
escrow-sent = { $sum } went home to { $publisher } at { $time }.
off-label = No network, card works
off-what = Play, hand on and receive as usual. Buying from a shop, loading money and sending fares home wait.
off-profile = { $n ->
    [one] Your card would like to go online. It made { $n } payment since its issuer last saw it. Playing goes on; paying waits for one contact. No money is lost.
   *[other] Your card would like to go online. It made { $n } payments since its issuer last saw it. Playing goes on; paying waits for one contact. No money is lost.
  }

# On its way
way-fare = { $fare } for { $title } is on its way. Your card set the fare aside and the key hasn't come yet. Hold the two cards together again, or go online. If the key was never sent, the issuer puts the { $fare } back in your purse. Don't pay again.
way-giver = { $title } is on its way to { $receiver }'s card. Yours still plays. Hold the cards together again when you can.
way-move = { $title } is between two cards. It has left yours and not yet reached { $receiver }'s. Neither can open it now, and only { $receiver }'s card can receive it.
way-sale = Payment sent, answer not here yet. { $price } to { $seller }. Your card keeps the payment and asks again with the same number, so you can't pay twice. You may close this page.
way-done = Finished. { $title } is yours.
way-back-bound = Your friend’s card may not give it so. If it was paid with a medium, attach your player and drive and tick that it is only for them.
way-back = Closed. The key was never sent, so { $fare } is back in your purse.
