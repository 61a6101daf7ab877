# The carrier's pages: a subscriber's bill, and the console of the people who run it.

bill-nav = Your telephone
bill-foot = The figures are those of the carrier's books. Nobody else has the address of this page.
bill-front = Bills come by their own address
bill-front-text = Your carrier sends you the address of each bill. Whoever has the address can read the bill, so keep it like the bill itself.

# A bill
bill-title = Bill for { $month }
bill-title-telephone = Telephone bill for { $month }
bill-title-content = Content bill for { $month }
bill-period = { $from } to { $until }. Bill number { $number }
bill-for = For
bill-line = Number { $number }
bill-pay-by = To pay by { $day }
bill-settled = Paid
bill-settled-text = You don't need to do anything.
bill-nothing = Nothing to pay
bill-nothing-text = { $sum } is taken off your next bill.
bill-part-paid = { $paid } of { $total } has been paid.
bill-reference = Name { $number } when you pay, and nothing else.
bill-telephone = Telephone
bill-item = Item
bill-used = Used
bill-amount = Amount
bill-calls = Calls
bill-packets = Packets
bill-basic = Basic fee, { $plan }
bill-whole-month = { $month }
bill-time = { $hours } h { $minutes } min { $seconds } s
bill-packet-count = { $n ->
    [one] { $n } packet
   *[other] { $n } packets
  }
bill-telephone-sum = Telephone together
bill-content = Content we paid for you
bill-date = Date
bill-license = License
bill-paid-to = Paid to
bill-offer = Offer { $number }
bill-refund = Given back: { $what }
bill-content-sum = Content together
bill-no-content = No content this month.
bill-content-apart = Content has a bill of its own.
bill-telephone-apart = The telephone has a bill of its own.
bill-carried-in = Left from an earlier bill
bill-carried-out = Left for your next bill
bill-seller = The seller was paid by us and was not told your name or number.
bill-question = Something wrong? Tell us the purchase's number, { $number } for example, and this bill's.
bill-sum-telephone = Telephone
bill-sum-content = Content
bill-sum = Bill
bill-tax = Consumption tax of { $rate } is included: { $tax }.
bill-tax-number = Registration number { $number }.
bill-issued = Issued { $day }. The next month starts at zero.
bill-as-data = As data
bill-pdf = PDF
bill-csv = Table (CSV)
bill-json = JSON
bill-print = The PDF has the same figures, on A4. Your browser prints this page, too.

# The console
carrier-desk = Months and bills
carrier-desk-months = Months
carrier-desk-month = Month
carrier-desk-bills = Bills
carrier-desk-sum = Sum
carrier-desk-state = State
carrier-desk-done = Billed on { $day }
carrier-desk-under-way = Under way
carrier-desk-none = Nothing has been billed yet.
carrier-desk-bill-text = Every subscriber gets one bill. Billing a month twice bills it once, and what comes in meanwhile counts for the month after.
carrier-desk-which = Month, as 2026-11
carrier-desk-do = Bill this month
carrier-desk-latest = Latest bills
carrier-desk-suspense = Money that matches nothing
carrier-desk-suspense-none = All money that came in pays a bill.
carrier-desk-suspense-text = It waits here until somebody says which bill it pays. It is never dropped.
carrier-desk-odd = The bank booked { $amount } out of our account ({ $reference }), and nothing here ordered it.
carrier-desk-says = It says
carrier-desk-assign = Bill number
carrier-desk-assign-do = Pays this bill
carrier-desk-lost = Usage of numbers that nobody had
carrier-desk-lost-none = Every record counts for somebody.
carrier-desk-gap = Records { $from } to { $until } of { $source } never came.
carrier-desk-enterprises = Enterprises
carrier-desk-enterprises-none = Nobody yet: every purchase falls back to electronic money.
carrier-desk-trusted = Paid
carrier-desk-refused = Not paid
carrier-desk-refused-text = Whoever is not paid: wallets are told at their next contact, and offer another way to pay there.
carrier-desk-figures = Books
carrier-desk-owner = Source
carrier-desk-record = Record
carrier-desk-number = Bill
carrier-desk-open = Still open

# Somebody wants to charge the bill, and asks first.
consent-title = May they charge your bill?
consent-who = { $name } wants to charge what you buy there to your telephone bill.
consent-compare = Compare with what it shows you: { $text }
consent-what = If you agree it may do so for one hour, up to { $most }: what your contract leaves you this month. Each purchase stands on your bill.
consent-yes = Agree
consent-no = Refuse
consent-agreed = You agreed. Go back to where you were asked.
consent-refused = You refused. Nothing is charged.
consent-over = This question was answered or has ended. Nothing is charged by it.
