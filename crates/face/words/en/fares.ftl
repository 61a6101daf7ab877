# A publisher's page of fares coming home.

fares = Fares
fares-nav = Console
fares-now = Now
fares-home = Home
fares-count = { $n ->
    [one] { $n } fare
   *[other] { $n } fares
  }
fares-under-way = With the issuer
fares-under-way-count = { $n ->
    [one] { $n } fare taken and not answered yet
   *[other] { $n } fares taken and not answered yet
  }
fares-out = On the way, as far as known
fares-out-none = nothing told
fares-out-none-text = The issuer tells after cards have reported.
fares-out-count = { $n ->
    [one] { $n } fare on cards; told by the issuer on { $day }
   *[other] { $n } fares on cards; told by the issuer on { $day }
  }
fares-elsewhere = Your fares come home to a collector of your own, not to this shop. Its page is where it runs.
fares-rebates = Rebates given
fares-rebates-count = { $n ->
    [one] { $n } visit
   *[other] { $n } visits
  }
fares-empty = No copies yet. The first fare shows up here when a card that carries it goes online, or visits a machine.
fares-coming = Fares coming home
fares-legend-home = Home: collected and booked
fares-legend-out = On the way: set aside on cards
fares-plot = Fares known and collected, { $from } to { $to }
fares-plot-text = Known in the end: { $known }. Collected: { $home }. The band between them is on its way.
fares-plot-region = Plot of fares by week
fares-known-mark = { $sum } known
fares-way-mark = { $sum } on the way
fares-home-mark = { $sum } home
fares-old = At least { $sum } of it has been on the way for more than 60 days.
fares-known-why = A fare is known once any card that passed it on, or carries it, has been online. Fares on cards nobody has seen yet are not in this plot; they appear when they do.
fares-table = Show as a table
fares-week-table = Fares by week, totals so far
fares-week = Week of
fares-known = Known
fares-way = On the way
fares-days = Day by day
fares-days-plot = Fares that came home on each of the last 30 days
fares-days-table = Fares by day, the newest first
fares-day = Day
fares-fares = Fares
fares-paths = Which way they came
fares-paths-plot = Fares that came home, by way
fares-path = Way
fares-path-online = Online, in the background
fares-path-shop = Card returned to a shop
fares-path-atm-before = Cash machine, before banking
fares-path-atm-after = Cash machine, after banking
fares-path-application = Other card applications
fares-path-kiosk = Kiosk
fares-silent = { $path }: nothing has come this way since { $day }.
fares-silent-do = Whoever runs it may know why. Nothing is lost: cards keep your fares, and bring them home by any other way.
fares-path-times = { $path }: { $n }
fares-together = Together
fares-works = By work
fares-works-plot = Fares that came home, by work, the largest first
fares-work = Work
fares-work-unnamed = work { $id }
fares-ways = Ways
fares-rest = What did not come this way
fares-rest-what = What became of them
fares-sum = Sum
fares-refused = Not honoured: no money
fares-refused-why = { $n ->
    [one] { $n } fare of { $sum } was brought and not honoured by the issuer: not genuine, or of a card that was revoked. It is no money, and was never counted as home.
   *[other] { $n } fares, { $sum } together, were brought and not honoured by the issuer: not genuine, or of a card that was revoked. They are no money, and were never counted as home.
  }
fares-given-up = Given up by cards that were restored; credited by the issuer
fares-unclaimed = Seen years ago and never brought: in the issuer's unclaimed account
fares-as-of = Figures as of { $day }.
fares-csv = Download CSV
fares-json = Download JSON

# What comes back for fares that are brought home
rebates = Rebates
rebates-lead = What you give back to whoever brings your fares home by a way you like. It is told before anybody pays, counted fare by fare and rounded down.
rebates-now = What comes back now
rebates-none = No rebate. Cards come home by themselves when online.
rebates-set = Set a rebate
rebates-share = Share
rebates-share-in = Share of each fare, in percent
rebates-share-hint = Half at most. 0 ends the rebate for this way.
rebates-most = At most
rebates-most-in = At most for one fare, in { $currency }
rebates-example = Of { $sum }
rebates-kind = As
rebates-label = What it is called
rebates-label-hint = People read it before they pay, and with what comes back.
rebates-money = Money
rebates-money-text = It goes into the purse of the card, and is taken from what you are paid.
rebates-coupon = A coupon
rebates-coupon-text = Good for your works, for a year.
rebates-save = Save
rebates-no = { $code ->
    [rebate-share] Between nothing and half of a fare can come back, in whole tenths of a percent.
    [rebate-most] Say how much comes back for one fare at most.
    [rebate-label] Give it a name of 1 to 60 characters.
    [amount] Say how much comes back for one fare at most, in whole units.
   *[other] It was not saved.
  }

vouchers = Vouchers
vouchers-lead = Coupons, vouchers and points for one of your offers, as codes that people type. What they take off a price is taken from what you are paid.
vouchers-made = What you have made
vouchers-none = None yet.
vouchers-no-offer = Put a work on sale first: vouchers are for one of your offers.
vouchers-new = Make some
vouchers-kind = As
vouchers-kind-of = { $kind ->
    [prepaid] Voucher, used whole
    [points] Points, used whole
    [cheque] Cheque, used whole
    [ticket] Ticket
   *[coupon] Coupon
  }
vouchers-offer = For which offer
vouchers-worth = Each is worth
vouchers-off = That is
vouchers-amount = an amount
vouchers-percent = percent of the price
vouchers-count = Made
vouchers-count-in = How many
vouchers-taken = Taken
vouchers-spent = Spent
vouchers-promised = Still promised
vouchers-until = Until
vouchers-days = Good for how many days, empty for ever
vouchers-label = What it is called
vouchers-label-hint = At most 60 characters. Holders read it on their card.
vouchers-look = See what that comes to
vouchers-sure = Make these?
vouchers-would = { $n } codes, each worth { $each }: { $total } in all.
vouchers-would-until = Good until { $day }.
vouchers-would-ever = Good for ever.
vouchers-bear = You bear what is spent of it; until then it stands in the books as promised.
vouchers-make = Make them
vouchers-leave = Make none
vouchers-sheet = Sheet
vouchers-sheet-of = Sheet of “{ $label }”
vouchers-sheet-care = Print this page and keep it like money: whoever types a code first has it.
vouchers-back = All vouchers
vouchers-no = { $code ->
    [value-kind] Choose what they are.
    [value-worth] Say in whole units what each is worth.
    [value-label] Give them a name of 1 to 60 characters.
    [vouchers-count] 1 to 1000 codes are made at once.
    [vouchers-offer] Choose one of your own offers.
    [vouchers-part] A part is more than nothing and at most the whole price.
    [vouchers-until] Say for how many days they are good, at most 3650.
    [vouchers-total] All of them together are worth too much. Make fewer.
   *[other] None were made.
  }
