# The page of a seller's operator: what was given against charges, and whether its money has come.

records-title = Records
records-lead = What was given against somebody else's payment. A record is settled in one step, by the bank's notice or by a payment from the purse.
records-look = look at it
records-count = { $n }, { $sum }
records-unsettled = Unsettled
records-unsettled-none = Nothing waits for its money.
records-late = Unsettled for too long
records-late-one = too long
records-unmatched = Money that belongs to no record
records-unmatched-none = All money that came in settled a record.
records-unmatched-text = It changed no record and is not lost. Say which record it is for, and both are settled in one step.
records-why = { $why ->
    [settled-before] That record is settled already: it was paid twice.
    [other-amount] Another amount is due for that record.
    [not-its-payer] It takes something off, and did not come from whom that record says pays.
   *[no-record] It names no record that is known here.
  }
records-taken = Money that the bank took back
records-taken-text = What it had settled waits for its money again. Whoever bought keeps what was given.
records-had-paid = { $what ->
    [record] It had paid record { $charge }.
    [nobody] It had belonged to no record.
   *[unknown] Nothing of this amount came in that it takes back: ask the bank.
  }
records-entry-says = The bank's entry says
records-reopened = taken back
records-says = The order says
records-fits-none = No unsettled record is about this amount.
records-for = Record
records-fit = { $day }, record { $charge }, offer { $offer }
records-assign = It is for this record
records-settled = Settled lately
records-settled-none = Nothing yet.
records-charge = Record
records-given = Given
records-when = Given, settled
records-from-to = { $from }, { $to }
records-offer = Offer
records-payer = Who pays
records-how = How
records-amount = Amount
records-by = { $by ->
    [cleared] from the purse
    [handed-back] handed back
    [given-back] given back by the payer before it paid
   *[transfer] the bank's notice
  }
records-back = { $sum } given back to the buyer and set off
records-foot = Nobody here knows who bought. All records are at /v1/records.
