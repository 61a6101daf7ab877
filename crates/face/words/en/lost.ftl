# A lost card: stop it, prove it, and what comes back when.
lost-title = Lost card
lost-lead = If another card of yours is lost or broken, this one takes its place. You need the recovery code from its paper, and nothing else: no name, no number.
lost-first = Do this first
lost-first-what = The lost card is stopped at once. From then on it buys nothing, loads nothing, and nobody else can have it reissued. Offline it may still pay until others hear of it; calling your phone company does not stop it.
lost-code = Recovery code of the lost card
lost-code-what = Five groups of four, as they stood on the page when that card was made. Case and dashes do not matter.
lost-file = Recovery copy in a file, if you kept one
lost-file-what = Without one, the copy that the card left with its issuer is used. The issuer cannot read it.
lost-stop = Stop the lost card and take its place
lost-again = Pressing twice is safe: the same card is stopped once.
lost-stopped = Stopped on { $at }
lost-waits = Its licenses are here. The money follows after { $from }, when late payments are in.
lost-why = Until then a payment made with the lost card, or a copy given by it, can still come in. It is paid out of this money first, so that nobody is paid with money that does not exist.
lost-ready = Everything is here
lost-ready-what = { $sum } of the lost card's money came over. You owe nothing for the escrow that was on it.
lost-to-come = To come, as far as the issuer knows
lost-may = May still be paid with the lost card
lost-may-sum = { $sum } at most, offline, until others hear that it was stopped. What is spent so can't be returned.
lost-late = Paid with the lost card, offline
lost-late-sum = { $sum }. It was heard of only after the stop, and can't be returned.
lost-print = Print this page
lost-open = Named in payments that nobody has decided yet
lost-back = Come over
lost-held = { $n ->
    [one] { $n } license waits for its seller: it could have been given away or used up on the lost card, so nobody opens it before { $from }. Then its seller makes it out to this card.
   *[other] { $n } licenses wait for their sellers: they could have been given away or used up on the lost card, so nobody opens them before { $from }. Then their sellers make them out to this card.
  }
lost-held-people = One of a numbered edition stays so until its seller's people have looked: nobody can prove that it was not given away offline.
lost-old = Card { $number }
lost-copy-title = Against that day
lost-copy = Your card leaves a sealed copy of what it knows about its licenses with its issuer at every contact. Only the recovery code opens it. You can keep one yourself too.
lost-copy-take = Save a recovery copy
lost-copy-code = Keep the code on paper, away from this machine. Whoever has it can take this card's place: treat it like money.
lost-own = This card was stopped on { $at }.
lost-own-what = It opens nothing and pays nothing, because somebody with its recovery code has another card in its place. If that was not you, call your issuer now: the money waits.
lost-see = What you can do
lost-home = Another card is in its place
lost-came = { $n ->
    [one] { $n } license came back.
   *[other] { $n } licenses came back.
  }
set-lost-what = A card that is gone: stop it, and have its licenses and money here.
