# The publisher's console.

console-name = Console
console-foot = Amounts with tax included. What a page shows comes from the shop's books.
console-home = Overview
console-works = Works
console-sales = Sales
console-payouts = Pay-outs
console-people = People
console-keys = API keys
console-keys-lead = With a key your own program reads your sales. It can change nothing, and sees nobody else's.
console-keys-all = Keys
console-keys-none = No key yet: nothing but these pages shows your sales.
console-keys-since = Since { $day }.
console-keys-used = Used on { $day }.
console-keys-unused = Not used yet.
console-keys-until = Replaced. It still stands until { $day }, { $clock } UTC.
console-keys-new = Copy this key now: it is not shown again.
console-keys-new-beside = Copy the new key now: it is not shown again. The old one stands until { $day }, { $clock } UTC.
console-keys-make = Make a key
console-keys-name = Name
console-keys-name-hint = What reads with it, for example "Bookkeeping".
console-keys-rotate = Replace
console-keys-rotate-of = a new key for { $name }; the old one stands for a day
console-keys-end = End
console-keys-end-of = { $name }, at once
console-keys-use = How a program uses it
console-keys-use-text = It asks for sales of a period, as JSON or CSV, and shows the key as a bearer token.
console-hooks = Webhooks
console-hooks-lead = Your own program is told when a work is sold or handed back and when a pay-out has come to its end. It hears no more of a buyer than your sales show.
console-hooks-all = Addresses
console-hooks-none = No address yet: nobody is told.
console-hooks-since = Since { $day }.
console-hooks-both = Signed with the old secret too until { $day }, { $clock } UTC.
console-hooks-new = Copy this secret now: it is not shown again. What this address hears is signed with it.
console-hooks-new-beside = Copy the new secret now: it is not shown again. Until { $day }, { $clock } UTC everything is signed with both.
console-hooks-sent = A test event is on its way. Load this page again in a moment to see what came of it.
console-hooks-latest = Last events
console-hooks-quiet = Nothing was told yet.
console-hooks-at = { $day }, { $clock } UTC
console-hooks-about = { $event ->
    [sale-made] Sold
    [sale-refunded] Handed back
    [payout-paid] Pay-out booked
    [payout-returned] Pay-out returned
   *[test] Test
  }
console-hooks-waiting = On its way.
console-hooks-again = { $tries ->
    [one] Not heard at the first try. Sent again on { $day }, { $clock } UTC.
   *[other] Not heard after { $tries } tries. Sent again on { $day }, { $clock } UTC.
  }
console-hooks-heard = Heard on { $day }, { $clock } UTC.
console-hooks-given-up = { $tries ->
    [one] Given up after { $tries } try.
   *[other] Given up after { $tries } tries.
  }
console-hooks-answer = Answer: { $status }.
console-hooks-no-answer = No answer.
console-hooks-test = Send a test event
console-hooks-test-of = to { $address }
console-hooks-roll = Replace the secret
console-hooks-roll-of = of { $address }; the old one stands for a day
console-hooks-remove = Remove
console-hooks-remove-of = { $address }, with everything it has not heard
console-hooks-add = Add an address
console-hooks-address = Address
console-hooks-address-hint = Begins with https://. Each event is posted there as JSON; any answer from 200 to 299 says that it was heard.
console-hooks-use = What a program does
console-hooks-use-text = It checks the signature as the specification Standard Webhooks says, answers within five seconds, and takes an event whose id it has seen before for the same one. What is not heard is sent again for three days, later each time; “410 Gone” ends it at once.
console-settings = Settings
console-sign-out = Sign out

# Signing in
console-enter = Sign in
console-enter-lead = For those who publish here. Buyers need no account.
console-enter-key = Sign in with a passkey
console-enter-key-why = Nothing to type. It never waits, whoever else tries.
console-enter-or = Or with a password
console-user = Name
console-password = Password
console-enter-do = Sign in
console-no-match = Name and password do not fit.
console-no-match-text = Nothing was changed. Check both, or use your passkey.
console-slow = Too many tries from here.
console-slow-text = The next one is heard at { $time }. A passkey does not wait, nor does a browser that was let in before.
console-use-name-address = Passkeys need a name in the address. Open this page as { $link }.
console-no-script = Passkeys need the page's script; a password does not.
console-failed = { $n ->
    [one] { $n } try with your name failed since you were last here, at { $time }.
   *[other] { $n } tries with your name failed since you were last here, the last at { $time }.
  }
console-failed-text = If that was not you, nothing was lost. A passkey cannot be guessed: add one in the settings and remove the password.
console-second = One more step
console-second-lead = Confirm with your passkey, or type one of your recovery codes.
console-second-key = Confirm with a passkey
console-code = Recovery code
console-code-do = Use this code
console-code-no = That is none of your codes, or it was used.
console-again = Confirm that it is you
console-again-lead = This concerns money or people, so the console asks again. It is remembered for five minutes.
console-again-do = Confirm
console-ended = You are signed out. Sign in again to go on.

# Invitations
console-invited = Welcome to { $publisher }
console-invited-role = { $role ->
    [owner] You are invited as an owner: works, money and people.
    [editor] You are invited as an editor: works.
    [accountant] You are invited as an accountant: sales, statements and pay-outs.
   *[operator] You are invited to run this shop: you invite publishers, and see none of their figures.
  }
console-invited-name = Choose the name you sign in with
console-invited-key = Take it with a passkey
console-invited-password = Or choose a password
console-invited-do = Take it with this password
console-invited-gone = This invitation was used or has ended.
console-invited-gone-text = An invitation works once, for seven days. Ask whoever invited you for another.
console-password-rule = At least ten characters. A few words that nobody says together are good.

# Roles
console-role = { $role ->
    [owner] Owner
    [editor] Editor
    [accountant] Accountant
   *[operator] Operator
  }
console-role-text = { $role ->
    [owner] Works, money, people
    [editor] Works
    [accountant] Sales, statements, pay-outs
   *[operator] Invites publishers
  }

# Overview
console-choose = Choose a publisher
console-none = You have no role over a publisher here.
console-none-text = Ask an owner of the publisher to invite you.
console-publish = Publish a work
console-on-sale = On sale
console-on-sale-count = { $n ->
    [one] { $n } work
   *[other] { $n } works
  }
console-drafts = Drafts
console-sold-month = Sold in 30 days
console-sold-count = { $n ->
    [one] { $n } license
   *[other] { $n } licenses
  }
console-earned = Earned so far
console-can-be-paid = Can be paid out
console-newest = Newest sales
console-keys-here = Your keys are kept by this shop
console-keys-here-text = { $shop } signs your works and pay-outs in your name, with a key that lies in its store under its own. Whoever runs the shop could do the same without you. If that is not what you want, keep your keys on your own machine and publish from there with “keyfare publish”; everything but this page's buttons works the same.
console-keys-own = Your keys are not here
console-keys-own-text = You sign on your own machine with “keyfare publish”. Here you see works, sales and statements.
console-others = Publishers of this shop
console-invite-owner = Invite an owner

# Works
console-works-empty = Publish your first work.
console-works-empty-text = Any file. It is sealed here, shown with a preview, and on sale in about three minutes.
console-work = Work
console-price = Price
console-fare = A friend pays
console-pieces = { $sold } of { $size } sold, { $left } left
console-pieces-out = Sold out: all { $size }
console-sold = Sold
console-state = State
console-state-on = On sale
console-state-off = Withdrawn
console-state-waiting = Waits for its file
console-see-shop = See it in the shop
console-withdraw = Withdraw
console-withdraw-text = Nothing more of it is sold. Who has a license keeps it, plays it and can fetch the file as before.
console-withdraw-do = Withdraw this work
console-withdrawn = Withdrawn. Licenses already sold go on working.
console-restore = Put it back on sale
console-restored = It is on sale again.
console-offer-new = Add an offer
console-offer-change = Change
console-offer-stop = Stop selling
console-offer-terms = Price and terms
console-offer-only-new = This holds for new licenses only. Licenses already sold keep the terms they were sold with.
console-offer-add-do = Put it on sale
console-offer-change-do = Sell on these terms from now on
console-offer-back = Back to the work
console-offer-added = The offer is on sale.
console-offer-changed = From now on it is sold on the new terms. Licenses sold before keep theirs.
console-offer-stopped = That offer is not sold any more. Licenses sold before stay good.
console-offer-unlimited = Plays as often as one likes
console-offer-plays = { $plays ->
    [one] Plays once
   *[other] Plays { $plays } times
  }
console-versions = Versions
console-versions-text = A license of the whole work opens every version, also those that come later. A license of a part opens the version it was sold with.
console-version-day = Signed
console-version-size = Size
console-version-current = sold now
console-version-new = Add a new version
console-version-of = A new version of { $title }
console-version-lead = Buyers get it without paying again. Price and terms stay as they are.

# Drafts
console-draft = Draft
console-upload-title = 1. File
console-upload = Choose a file
console-upload-text = Up to { $size }. It lies in quarantine, is looked into by a fenced process of its own, and is sealed before anybody can fetch it.
console-upload-do = Upload
console-upload-sent = { $percent } sent
console-upload-long = The file is longer than { $size }. Nothing was kept.
console-upload-broken = The upload broke off. Nothing was kept; send it again.
console-upload-empty = The file is empty.
console-upload-album = Several files become an album: one work, one price, one license, played track by track. They are called like the files and stand in the order of their numbers.
console-upload-no-album = These files become no album: it has at most 200 tracks and less than 4 GiB. Nothing was kept.
console-upload-many = There are too many drafts. Publish or delete some first.
console-reading = Looking at the file
console-reading-text = What it is, and a preview. This page looks again by itself.
console-publishing = Sealing and signing
console-publishing-text = { $percent } done. You may close this page; it goes on.
console-published = On sale
console-published-text = { $title } is on the shelf. This is its address:
console-failed-publish = That did not work. Nothing is on sale.
console-no-preview = No preview could be made by itself.
console-no-preview-text = Supply one: a picture, thirty seconds of sound, a short video or a plain text, up to 900 KB.
console-no-preview-why = { $code ->
    [preview-needs-ffmpeg] Previews of FLAC, Ogg, M4A and films take ffmpeg, which this shop's machine does not have (preview-needs-ffmpeg)
    [preview-to-be-supplied] Nothing can be derived from a file of this kind (preview-to-be-supplied)
    [preview-file-damaged] The file breaks the rules of its own format (preview-file-damaged)
    [preview-not-converted] ffmpeg could not read the file (preview-not-converted)
   *[other] Reason: { $code }
  }
console-preview = Preview
console-preview-of = Preview of { $title }
console-preview-own = Another preview
console-preview-do = Use this preview
console-preview-bad = No shop window shows such a preview: use a picture, a sound, a short video or plain text, up to 900 KB.
console-about = 2. What it is called
console-title = Title
console-subtitle = Second line of the title (optional)
console-performers = Performers (optional)
console-performers-how = One name to a line, in the order they are named.
console-creator = Made by (optional)
console-comment = What you say of it, in a sentence or two (optional)
console-cover = What the cover shows
console-cover-why = One line for people who do not see it.
console-terms = 3. Terms
console-price-in = Price, { $currency }
console-tax = Tax in it, percent
console-plays = Plays
console-plays-hint = Empty: without limit
console-days = Days from the first play
console-share = How much of it opens
console-share-whole = All of it
console-share-most = The first 80%
console-share-tenth = The first 10%
console-mode = When a buyer hands it on
console-mode-copy = Copy for a fare
console-mode-copy-text = Both have it. The friend pays you.
console-mode-locked = Locked copy
console-mode-locked-text = Copies are free and play the first 10%. The friend pays to unlock.
console-mode-move = Move
console-mode-move-text = The buyer gives it away. There are never more than you sold.
console-mode-none = Not at all
console-mode-none-text = Each buyer keeps his.
console-fare-in = Fare, or fee for unlocking, { $currency }
console-fare-hint = Most works here take 8 to 20% of the price.
console-generations = Generations of copies
console-more = How fares travel, edition, refunds
console-route = Collected fares ride with
console-route-chain = the newest copy
console-route-latest = the card that bought last
console-route-count = the card that bought most
console-route-provider = the card that is online
console-edition = Edition: how many may be sold
console-edition-hint = Empty: any number
console-refund-days = Days in which it can be handed back unplayed
console-refund-hint = 0: no refunds
console-figures-do = Work out what I get
console-keep = Keep as draft
console-kept = Draft kept at { $time }.
console-publish-now = Publish now
console-delete = Delete this draft
console-delete-text = The file in quarantine is deleted with it. Nothing on sale changes.
console-buyer-sees = What a buyer will see
console-buyer-line = { $publisher }. { $size }
console-income = What you get
console-income-sale = Of one sale at { $price }
console-income-tax = Tax in it
console-income-shop = The shop keeps
console-income-sales = { $n ->
    [one] If { $n } person buys it
   *[other] If { $n } people buy it
  }
console-income-fares = { $n ->
    [one] If each hands on { $n } copy
   *[other] If each hands on { $n } copies
  }
console-income-all = Together
console-income-why = Worked out by the same code as the books.
console-terms-kept = Licenses already sold keep the terms they were sold with.
console-wrong = Something is to be put right:
console-wrong-title = The title has 1 to 200 characters.
console-wrong-price = The price is a whole number of { $currency }.
console-wrong-fare = The fare is a whole number of { $currency }.
console-wrong-credits = A line or a name has at most 200 characters, a sentence or a description 1,000, and 32 performers are named at most.
console-wrong-number = A number is out of bounds, or is none.
console-wrong-centre = No support centre is listed in this realm, so locked copies could not be unlocked. Choose another way.
console-wrong-keys = This publisher's keys are not kept here. Publish with “keyfare publish” on the machine that has them.

# Sales
console-sales-from = From
console-sales-until = Until
console-sales-show = Show
console-sales-empty = No sales in this period.
console-sales-of-buyer = Only the buyer with the number { $buyer }
console-sales-of-work = Only { $work }
console-sales-all = All sales
console-sales-when = When
console-sales-buyer = Buyer
console-sales-buyer-none = not shown
console-sales-yours = Yours
console-sales-receipt = Receipt
console-sales-back = handed back
console-sales-older = Older
console-sales-csv = Download CSV
console-sales-json = Download JSON
console-sales-why = A buyer is a number that only this shop has for a card. No name is known.

# Pay-outs
console-payout-received = Buyers paid to you
console-payout-received-text = With the money issuer in your name. The shop never has it.
console-payout-earned = Yours of it, after tax and the shop's part
console-payout-owed-to = You owe the shop
console-payout-owed-to-text = Tax and the shop's part, out of what you received
console-payout-owed-by = The shop owes you
console-payout-ordered = Ordered so far
console-payout-do = Pay out to my bank account
console-payout-amount = Amount, { $currency }
console-payout-text = The order is signed in your name and goes to the issuer, who transfers to the account your bank has for you. Pressing twice orders once.
console-payout-none = Nothing was paid out yet.
console-payout-nothing = There is nothing to pay out now.
console-payout-asked = Asked; the issuer has not answered yet
console-payout-taken = Taken by the issuer; the transfer follows by itself
console-payout-waiting = The issuer says not yet ({ $code }); it is asked again with the same number
console-payout-paid = Paid to your bank account on { $day }
console-payout-no-account = Refused by the bank: it has no account of yours. Nothing was paid; the sum can be paid out again
console-payout-not-covered = Refused by the bank: the issuer's account did not cover it. Nothing was paid; the sum can be paid out again
console-payout-other-money = Refused by the bank: your account is not kept in this currency. Nothing was paid; the sum can be paid out again
console-payout-no = { $asked } was asked for, { $available } can be paid out. Nothing was ordered.
console-payout-when = Ordered

# People
console-people-who = Name
console-people-invite = Invite somebody
console-people-link = Give this link to one person. It is shown only now, works once, and ends on { $day }.
console-people-open = Open invitations
console-people-remove = Take this role back
console-people-remove-of = Take back: { $role }, { $name }
console-people-last = The last owner stays. Make somebody else an owner first.
console-people-none = Nobody yet.
console-people-withdraw = Withdraw
console-people-until = until { $day }

# Settings
console-set-you = You are { $name }
console-set-keys = Passkeys
console-set-keys-none = No passkey yet.
console-set-key-add = Add a passkey
console-set-key-label = What you call it
console-set-key-since = since { $day }
console-set-key-remove = Remove
console-set-key-remove-of = Remove the passkey { $label }
console-set-key-last = This is your last way in. Add another first.
console-set-key-copied = There are two of this passkey, so it lets nobody in. Remove it.
console-set-key-unnamed = Passkey
console-set-password = Password
console-set-password-new = New password
console-set-password-do = Set this password
console-set-password-set = The password is set. Every other session was ended.
console-set-second = Second step
console-set-second-text = After the password a passkey or a recovery code is asked. A passkey alone counts as both.
console-set-second-on = Ask for it
console-set-second-off = Ask for it no longer
console-set-second-no = Add a passkey or make recovery codes first.
console-set-codes = Recovery codes
console-set-codes-left = { $n ->
    [one] { $n } code is left.
   *[other] { $n } codes are left.
  }
console-set-codes-do = Make ten new codes
console-set-codes-show = Write these down now; they are shown only once. The old ones are worth nothing any more.
console-set-everywhere = Sign out everywhere
console-set-everywhere-text = { $n ->
    [one] You have { $n } session.
   *[other] You have { $n } sessions.
  }
console-set-everywhere-do = End all sessions
console-saved = Done.

# Refused
console-form-old = This form was not of this page. Open the page again.

# This shop, for whoever runs it
console-keeper = This shop
console-keeper-lead = Who publishes here, and what waits for a person. You see nobody's works, sales or money by this.
console-keeper-publishers = Publishers
console-keeper-publishers-none = Nobody publishes here yet. Take the first publisher in below.
console-keeper-keys-here = Keys kept here
console-keeper-keys-own = Signs on its own machine
console-keeper-since = since { $day }
console-keeper-waiting = Waiting for a certificate
console-keeper-waiting-text = The registry's people look at the application and give a certificate. Bring them the application, and paste the certificate below.
console-keeper-application = Application of { $name }
console-keeper-ask-again = Ask the registry
console-keeper-turn-away = Give it up
console-keeper-of = { $what }: { $name }
console-keeper-take-in = Take a publisher in
console-keeper-take-in-text = The console makes its keys and signs in its name. The registry says whether it is a publisher.
console-keeper-name = Name, as buyers will read it
console-keeper-take-in-do = Take in
console-keeper-admit = A publisher with keys of its own
console-keeper-admit-text = Paste its certificate, or the one the registry gave to an application above. Whoever is invited then sees works, sales and statements here.
console-keeper-certificate = Certificate
console-keeper-admit-do = Take in by certificate
console-keeper-done = { $name } publishes here now. Invite its owner.
console-keeper-asked = The registry has not certified { $name } yet. Its people look at applications; bring them this one, or ask again later.
console-keeper-no-name = A name has 1 to 60 characters.
console-keeper-no-certificate = That is no certificate of a publisher of this realm.
console-keeper-no-home = No collector is listed for this publisher, so fares of copies would wait on buyers' cards. Sell to keep or to move until its collector is listed.
console-keeper-licenses = Licenses that wait for you
console-keeper-licenses-none = No license waits.
console-keeper-licenses-text = Each is one of an edition, and its card was lost or put back. If it was given away before, there would be two. Its holder has written to you, or will: let it be made out anew only when you believe that it was not given away.
console-keeper-license = { $title }, number { $number }
console-keeper-license-asked = { $times ->
    [one] Asked on { $day }
   *[other] Asked { $times } times, the last on { $day }
  }
console-keeper-license-sold = Sold on { $day } for { $price }, receipt { $receipt }
console-keeper-allow = Make it out anew
console-keeper-leave = Leave it
console-keeper-allowed = It will be made out anew when the card asks next.
console-keeper-left = It stays as it is. If its holder asks again, it is listed again.
console-invited-own = You are signed in as { $name }. Take it with this account, and keep the roles you have.
console-invited-own-do = Take it as { $name }
console-set-data = What is stored about you
console-set-data-text = Name, roles, ways in and sessions of this account. Of password, codes and sessions only digests are kept.
console-set-data-do = Download it
console-set-forget = Delete your account
console-set-forget-text = Name, password, passkeys, codes, sessions and roles are deleted at once. What you published and ordered stays with the publisher.
console-set-forget-do = Delete my account
console-set-forget-last = You are the last owner of { $publisher }. Make somebody else an owner first.
console-gone = Your account was deleted.
console-set-data-since = Since
console-set-data-has = { $has ->
    [yes] is set
   *[no] none
  }
console-set-data-sessions = Sessions
