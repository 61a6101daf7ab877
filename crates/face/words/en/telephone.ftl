# The wallet's pages about what somebody else pays for its holder, and bills him with his telephone.

tel-title = Telephone bill
tel-lead = A carrier you have a contract with can pay a seller for you, and bill you with your telephone. The bank of your account can, too, straight from it.
tel-what = Carriers that pay for you, and what is on its way to your bill.

tel-owed = On its way to your bill
tel-owed-none = Nothing waits. Everything you bought this way is settled.
tel-credit = { $count } of { $most } at once, { $sum } of { $max }
tel-waits = { $payer } was asked to pay { $sum } for { $title }
tel-waits-text = It is yours already. Your card asks again by itself, and the same request is never billed twice. Until { $payer } answers, { $plays ->
    [0] it rests: the plays before the answer are used up.
    [one] it can be played once more.
   *[other] it can be played { $plays } more times.
  }
tel-waits-short = { $payer } was asked to pay { $sum } for { $title }. Your card asks again by itself.
tel-refused = { $payer } doesn't pay { $sum } for { $title }
tel-refused-why = { $why ->
    [charge-no-subscriber] You have no contract there, or it has ended.
    [charge-enterprise-not-trusted] It doesn't pay this seller for anybody.
    [charge-above-limit] It is above what your contract lets you spend on content this month.
    [charge-not-covered] Your account there holds too little.
   *[other] It gave no other reason.
  }
tel-refused-do = Nothing of it is on your bill. The license stays on your card and is not lost: it plays as soon as { $seller } is paid { $sum }.
tel-refused-short = { $payer } doesn't pay { $sum } for { $title }. Pay it from your purse, and it plays.
tel-pay = Pay { $sum } from my purse
tel-ask-now = Ask again now

tel-carriers = Who pays for you
tel-carriers-none = This card knows no carrier of its realm yet. It will when it has been online.
tel-pays = pays for you
tel-choose = Let { $payer } pay for me
tel-unchoose = No longer let { $payer } pay
tel-key = Key of your contract
tel-key-what = Give it to { $payer } when you sign up. It is different for every carrier, so that no two can tell they know the same card.

tel-file = Without a network
tel-file-text = Any machine that is online can take a request to your carrier and bring the answer back. Nobody on the way can read or change it: keyfare bill out, keyfare bill carry, keyfare bill in.

tel-conf-way = { $sum } on your telephone bill, { $payer }
tel-conf-with = Telephone bill, { $payer }
tel-conf-learns = { $payer } learns who sells, the number of the offer, the amount and the time. The seller learns who pays, and not who you are.
tel-conf-until = You have it at once. Until { $payer } has answered, it can be played { $plays ->
    [one] once.
   *[other] { $plays } times.
  } Pressing twice buys it once.
tel-conf-not-paid = { $payer } doesn't pay this seller for you. Pay from your purse instead.
tel-conf-clear = Instead of { $payer }, which did not pay

# Straight from an account at a bank.
tel-debit-what = The bank of your account: { $payer } pays the seller from it at once, and no bill follows. One purchase takes at most what you may owe at once.
tel-debit-way = { $sum } from your account at { $payer }
tel-debit-with = Your account at { $payer }
tel-debit-learns = { $payer } learns to whom it pays how much and when, and the number of the purchase. The seller learns which bank pays, and not who you are.
