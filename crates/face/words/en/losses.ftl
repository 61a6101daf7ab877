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
losses-do-wait = Nothing. Payments that were made before the stop may still arrive until then, and are paid first.
losses-do-nothing = Nothing.
losses-do-rest = Nothing now. It is looked at every week; what nobody decides is ruled void in time, and follows.
losses-day = Waits are as long as certificates live and reports may come. A holder who asks earlier is told the same day.
