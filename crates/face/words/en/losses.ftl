# Lost cards, for the people of their issuer.
losses-title = Lost cards
losses-lead = Every card whose holder has proven that it is lost: how it stands, what waits, and what is to be done. Nobody's name is here.
losses-none = No card was lost.
losses-card = Lost card
losses-stopped = Stopped
losses-stands = How it stands
losses-back = Came back
losses-held = Still held
losses-do = What to do
losses-to = Its place took card { $card }
losses-waits = The money follows on { $day }
losses-follows = The money follows with the next sweep
losses-open = { $n ->
    [one] { $n } payment of it was open
   *[other] { $n } payments of it were open
  }
losses-done = Everything came back
losses-empty = There was nothing on it
losses-rest = Came back, but for what open payments name
losses-late = { $sum } of it was paid offline and heard of after the stop
losses-do-wait = Nothing. Payments that were made before the stop may still arrive until then, and are paid first.
losses-do-nothing = Nothing.
losses-do-rest = Nothing now. It is looked at every week; what nobody decides is ruled void in time, and follows.
losses-day = Waits are as long as certificates live and reports may come. A holder who asks earlier is told the same day.

# Cards that people should look at
cases-title = Cases
cases-lead = Cards that said something twice, and cards that brought back more than they had. A proof names its card; an account below zero alone may be that of somebody whose giver cheated, so look before you stop it.
cases-none = No open case.
cases-card = Card
cases-proofs = What is proven
cases-no-proof = Nothing: only its account speaks.
cases-proof = { $what ->
    [two-slips-one-number] Two payments under one number
    [two-gifts-one-number] Two copies given under one number
    [gave-and-voided] A copy given, and a no to the same deal
   *[other] Facts that its publisher has shown to be false
  }
cases-below = Paid out beyond what it had
cases-active = Active
cases-frozen = Comes back as every restored card does
cases-stopped = Stopped and revoked
cases-lost = Stopped as lost and revoked
cases-do-look = Look at it. Its holder may have been cheated, and what it holds plays in any case.
cases-do-stopped = Its holder may ask you. If it was put back by mistake, let it come back.
cases-do-frozen = Nothing. It deals again after its issuer has resumed it.
cases-do-nothing = Nothing. Another card has its place.
cases-stop = Stop this card
cases-pardon = Let it come back
