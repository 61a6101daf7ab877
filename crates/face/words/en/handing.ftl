# Handing on and receiving: the wallet's pages for two people and their cards.

hand-on = Hand on
hand-on-title = Hand on { $title }
hand-none = None of your licenses may be handed on.
hand-choose = Your friend gets a license and pays its fare. No shop and no network is needed.
hand-lead = Your friend gets a license of their own and pays its fare. You keep yours.
hand-friend-pays = Your friend pays
hand-you-pay = You pay
hand-you-pay-nothing = nothing
hand-since = You have it since
hand-paid = You paid
hand-deeper = Your friend may copy on
hand-generations = { $n ->
    [0] no further
    [one] { $n } more generation
   *[other] { $n } more generations
  }
hand-made = Copies it has made
hand-left = Copies it may still make
hand-network = Network
hand-network-none = not needed
hand-what-happens = What will happen
hand-how = How do you hand it on?
hand-as-copy = A copy for { $fare }: you keep yours
hand-as-move = The license itself for { $fare }: you give yours away
hand-move-pin = Card PIN, only to give it away
hand-show-offer = Show the offer
hand-rides = { $sum } of escrow travels along.
hand-rides-chain = The publisher's rule: fares ride with the newest copy. What your card carries for this work moves to your friend's card with the key. Your purse is not touched.
hand-rides-other = The publisher's rule decides which of your two cards carries the fares on. Your purse is not touched.
hand-file = The file
hand-file-why = Your friend needs the sealed file too. Anybody may have it: on a stick, by chat, from a shared folder or from the shop.
hand-file-save = Save the file, { $size }
hand-torn = If the connection breaks at any step, both cards remember where they were. Start again and they go on.
hand-stop = Take the offer back
hand-stopped = Taken back. Nothing changed.

step-offer = Show the offer
step-answer = Take the answer, fare inside
step-key = Show the key
step-read = Take the offer
step-agree = Agree, and show the answer
step-take = Take the key
steps = Three steps

show-offer = Let your friend scan this
show-offer-copy = It holds the offer, the terms and the fare. It opens nothing, so anyone may see it. It is good for one copy.
show-offer-move = It holds the offer, the terms and the fare. It opens nothing, so anyone may see it. The first card that pays gets the license.
show-offer-free = Your friend may choose not to copy. Then nothing has changed, and there is nothing to undo.
show-answer = Let your friend scan this
show-answer-what = Your fare is set aside on your card. This carries it to your friend's card, and nobody else's can read it.
show-key = Let your friend scan this
show-key-what = It holds the key, locked to your friend's card. It is worthless to anybody else and may be shown again and again.
show-void-what = It says no, and your friend's money goes back to their purse: { $reason }.
show-done = If you like, show this last
show-done-what = It tells your friend's card that everything has arrived. Without it that card learns so later.
show-alt = QR code, part { $n } of { $of }
show-part = Part { $n } of { $of }
show-next = Next part
show-save = Save as file
show-near = Or pass it by itself
show-near-to = Pass it to { $name }
show-declined = Your friend said no. Nothing was given, and nothing has changed for either of you.
show-passed = { $name } has it. Waiting for your friend's answer.

take-answer = Take your friend's answer
take-key = Take the key
take-offer = Take an offer
take-done = Take your friend's last word
take-camera = Scan with the camera
take-camera-off = Stop the camera
take-camera-none = This browser shows no camera. Use a file or a picture.
take-looking = Hold the code in front of the camera, whole and steady.
take-have = Part { $have } of { $of } is here.
take-file = A file from your friend, or a picture of the code
take-open = Open it

receive = Receive
receive-lead = Ask your friend to press Hand on.
receive-waiting = Offers that came by themselves
receive-look = See the fare
receive-from = From { $giver }
receive-away = Not wanted
near = Nearby
near-off-what = Nobody sees this wallet. Let it be found for ten minutes, and friends on the same network can pass you offers.
near-on = Let it be found
near-off = Be found no longer
near-name = For these ten minutes you are called { $name }.
near-who = Found: { $name }
near-nobody = Nobody else is found yet.
near-again = Look again

friend = your friend
fee-move = There is a fee for taking this over: { $fare }
fee-move-free = Taking this over is free.
fee-move-yes = Agree and take it over for { $fare }
fee-move-no = Don't take it
fee-yes-free = Agree and copy
fee-publisher = The fare is for { $publisher }.
fee-from-date = { $giver } bought it on { $date }. The fare is for { $publisher }.
fee-by-giver = By the publisher's rule your friend's card carries this fare home.
fee-rides-some = { $n ->
    [one] { $n } more fare rides along from { $giver }'s card.
   *[other] { $n } more fares ride along from { $giver }'s card.
  }
fee-deeper = You may copy it on
fee-generation = Generation
fee-genuine = genuine
fee-card = The other card
fee-pin = Card PIN
fee-tries = Tries left: { $n }
fee-question = Where does my { $fare } go?
fee-until = Good until
fee-purse-name = Your purse
fee-escrow-name = Escrow on your card
fee-then = { $before }, afterwards { $after }
fee-refused = Nothing has changed.

way = On its way
way-none = Nothing is on its way.
way-lead = What is unfinished between your card and others. Money here is neither lost nor spent.
way-since = Since
way-with = With
way-who = Who can finish it
way-who-cards = The two cards, when they meet again; or the issuer, when both have been online
way-continue = Continue
way-meet = Bring together with { $name }
way-met = { $n ->
    [0] Nothing of { $name }'s was open here.
    [one] { $n } hand-over is finished.
   *[other] { $n } hand-overs are finished.
  }
way-online = Go online now
way-given = Your card has given { $title } and has not heard that it arrived. Show the key again, or go online.

escrow = Escrow
escrow-none = Your card carries no fares.
escrow-why-head = Why can't I spend it?
escrow-send = Send it home now
escrow-offline = Goes home by itself when you are online.
escrow-for = For { $publisher }
escrow-works = { $n ->
    [one] { $n } fare for { $title }
   *[other] { $n } fares for { $title }
  }
escrow-work-gone = a work no longer on this card
escrow-going = { $sum } is on its way home.
escrow-sent-list = Sent home since the wallet started
escrow-rebate = { $sum } came back for bringing them: { $label }
escrow-stays = Stays on your card for now: { $why }

# A moment: the day and the time
hand-moment = { $day }, { $time }

# Locked copies
hand-as-locked = A locked copy, free: your friend pays { $fee } to unlock it, and you keep yours
lock-lead = Free for both of you. It is made for one card, so your friend's card says first which it is.
lock-how = Your friend opens Receive and shows a wish.
lock-shut = This copy is free and arrives locked. Unlocking costs { $fare }.
lock-now = You pay now
lock-later = Unlocking costs
lock-where = Unlocked by
lock-why = Nothing leaves your purse. You may leave it locked for ever, pass it on locked, or have it unlocked whenever you like.
lock-home = The fee for unlocking is for { $publisher }.
lock-yes = Take it, free
lock-no = Don't take it
lock-done = { $title } is on your card, locked. Unlock it whenever you like.
wish-head = A locked copy
wish-what = Free now, to be unlocked for a fee. Show your friend a wish; it holds a passing number of your card, and no name.
wish-show = Show a wish
wish-here = Your friend wishes a locked copy
wish-which = Which work? You pay nothing, and you keep yours.
wish-none = None of your licenses may be handed on locked.
wish-make = Make a locked copy
show-wish = Let your friend scan this wish
show-wish-what = It names a passing number of your card, and costs nothing. Only your card can use what is made for it.
show-locked = Let your friend scan the locked copy
show-locked-what = Only the card that wished it can use it. It is free, and may be shown again and again.
take-wish = Take your friend's wish
take-locked = Take the locked copy
step-wish = Show your wish
step-take-locked = Take the copy, and agree
step-wished = Take the wish
step-locked = Show the locked copy
unlock = Unlock { $fare }
unlock-not = Not now
unlock-part = It plays the first { $share }. Unlocked, it plays to the end.
unlock-shut = It is locked. Unlocked, it plays to the end.
unlock-order = In which order?
unlock-pay-first = Pay, then unlock
unlock-first = Unlock, then pay
unlock-next = The next page is your card's own. It names the fee and asks for the PIN; nothing is paid before.
show-passed-locked = { $name } has it, and your friend decides whether to take it.

reader = In a reader
reader-lead = Counters, kiosks and other people's computers reach your card through a smart-card reader. Whatever their screens say: what your card would pay stands here, and it pays nothing else.
reader-none = Your card is in no reader. Started like this, your wallet puts it into one:
reader-in = Your card is in the reader { $reader }.
reader-out = Your card is out of the reader { $reader }. Nothing is lost: what was unfinished goes on when it is back, or online.
reader-quiet = No machine asks anything of it just now. This page shows it when one does.
reader-look = Look now
reader-asks = A machine asks your card for { $sum }, for { $title }. Look at what it is before you agree.
reader-agreed = You agreed to { $sum } for { $title }.
reader-once = The machine may go on with exactly that, once. Until it does, you can take your word back.
reader-back = Take my word back
