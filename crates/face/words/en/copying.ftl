# Copy management: the gateway's pages for customers, its people's desk, and the console of the server.

copying-no = { $code ->
    [not-your-duty] Your role does not include this. Ask somebody whose role does.
    [no-reason] Write why, in 3 to 500 characters. It stands in the trail.
    [no-user] No user is registered with this card, player or drive. Compare the label.
    [not-theirs] This device is not registered to this user. Compare the label.
    [keeps-the-keys] This device keeps the user’s keys. Let the user ask for a new card with User ID and word.
    [no-replacement] The replacement is no unused device of the same kind. Take one from stock.
    [no-proposal] This proposal is decided, or there is none.
    [same-person] Two people: somebody else decides what you proposed.
    [not-on-a-label] A number has 26 letters and digits (a to z, 2 to 7), as the label shows them. Compare it with the label.
    [form-foreign] This form was not of this page, or was opened too long ago. Open the page again.
    [amount] Write how much in digits only, without signs.
    [batch-not-genuine] This is no batch file for this server, or nobody who may press has signed it. Press for this server’s certificate and bring the new file.
    [batch-for-a-shop] Media of this batch pay at a shop. Bring its file to the shop that sells the work.
   *[other] { $code }
  }
copying-refused = Refused

# Signing in, at either place
copying-enter = Sign in
copying-enter-lead-gateway = For customers of this gateway. What your card says stays sealed; nobody here reads it.
copying-enter-lead-console = For those who serve users of copy management. Everything you do here stands in the trail.
copying-name = Name
copying-password = Password
copying-sign-out = Sign out
copying-no-match = Name and password do not fit.
copying-no-match-text = Nothing was changed. Check both and try again.
copying-slow = Too many tries from here.
copying-slow-text = The next one is heard at { $time }. A browser that was let in before does not wait.
copying-failed = { $n ->
    [one] { $n } try with your name failed since you were last here.
   *[other] { $n } tries with your name failed since you were last here.
  }

# The gateway: account
gateway-nav = Your account
gateway-foot = This gateway carries sealed questions and their answers. It cannot read keys, media or User IDs.
gateway-account = Account
gateway-free = Free to spend
gateway-balance = Paid in and not spent
gateway-credit = Credit
gateway-held = Held for questions under way
gateway-charged = Keys charged
gateway-charged-none = No key was charged yet. Only a key that is delivered is charged, and each one once.
gateway-own = What is kept about you
gateway-own-text = The name you sign in with, when you signed in, and what stands above. Closing an empty account deletes all of it at once; what was charged stays in the books under a number that is nobody's from then on.
gateway-own-file = Everything, as a file
gateway-own-forget = Close my account
gateway-own-not = { $code ->
    [account-not-empty] It was not closed: money stands in it, or is owed. Pay what is owed or spend what is left, then close it.
    [account-under-way] It was not closed: a question is under way. Close it when it is answered.
   *[other] It was not closed. Nothing has changed.
  }
gateway-when = When
gateway-delivery = Delivery
gateway-amount = Amount
gateway-no-account = There is no account of this name here any more.

# The gateway: registration
gateway-register = Register
gateway-register-title = Register your devices
gateway-register-lead = A copy plays on the devices you register, and nowhere else.
gateway-register-typed = Numbers from the labels
gateway-register-typed-text = Type what is printed under the code. Hyphens, blanks and capitals do not matter.
gateway-card = Memory card
gateway-player = Player
gateway-drive = Drive
gateway-check = Check the numbers
gateway-read = Read from the devices
gateway-read-text = A player that has the card and the drive attached reads the numbers itself. Take the question file it wrote to “Carry”.
gateway-known = These devices can be registered
gateway-known-text = Now the card has to ask for itself: a label alone is no card. Put it into the player, choose a word you will remember, and let it ask with these numbers.
gateway-known-word = If the card is ever lost, the User ID and this word together bring your copies back on a new one.
gateway-known-id = When the answer arrives, the player shows your User ID, once. Write it on paper. We never see it.
gateway-silent = Copy management does not answer
gateway-silent-text = What a registration needs is not known at the moment. Nothing is lost. Look again in a minute.
gateway-again = Look again

# The gateway: carrying a question by hand
gateway-carry = Carry
gateway-carry-title = Carry a question by hand
gateway-carry-lead = A player without a network writes its question to a file. Bring the file here and take the answer back.
gateway-carry-file = Question file from your player
gateway-carry-do = Carry it
gateway-carry-what = Registration, keys, finished copies, repairs and reissues all go this way. The same file brings the same answer, however often.
gateway-done-registered = Registered
gateway-done-registered-text = Give the answer to your player. It shows your User ID once: write it on paper.
gateway-done-given = A key was delivered
gateway-done-given-text = { $amount } was charged, once. Give the answer to your player; it copies now.
gateway-done-given-free = It costs nothing. Give the answer to your player; it copies now.
gateway-done-completed = The copy counts as complete
gateway-done-completed-text = The medium yields no further key, to nobody. Your copy plays without a network.
gateway-done-erased = The repair is confirmed
gateway-done-erased-text = The card is erased, and your media are free for you to copy again.
gateway-done-reissued = The new card takes the lost one’s place
gateway-done-reissued-text = Give the answer to your player. What you copied plays as before; the lost card is dead everywhere.
gateway-answer = Download the answer
gateway-next = Carry another
gateway-waits = Written down, not decided yet
gateway-waits-text = Copy management does not answer at the moment. The question is kept and asked again by itself. Bring the same file in a minute.

# The gateway: its people
gateway-desk = Desk
gateway-desk-title = Gateway desk
gateway-desk-customers = Customers
gateway-desk-none = There is no customer yet. Take the first one on below.
gateway-desk-customer = Customer
gateway-desk-way = Pays
gateway-desk-prepaid = in advance
gateway-desk-on-credit = later, up to { $amount }
gateway-desk-new = Take a customer on
gateway-desk-limit = Credit limit; empty: pays in advance
gateway-desk-take = Take on
gateway-desk-pay = Book a payment
gateway-desk-pay-do = Book
gateway-desk-statement = Statement
gateway-desk-statement-text = Of every key, this gateway keeps { $share } and owes the rest to the operator of copy management. Whole units only; what is left over goes to whoever is owed more from before, so no sum is ever a unit off.
gateway-desk-own = This gateway’s part
gateway-desk-theirs = The operator’s part
gateway-desk-total = Sum of these keys
gateway-desk-owed = Owed now
gateway-desk-lines-none = No key was delivered yet.
gateway-desk-settle = Pay what is owed
gateway-desk-payments = Cheques
gateway-desk-payments-none = No cheque was sent yet.
gateway-desk-agrees = Both sides keep the same statement.
gateway-desk-differs = The two statements differ. Pay nothing; compare them line by line with the operator.
gateway-desk-unheard = The operator’s statement could not be fetched at the moment.
gateway-cheque = Cheque
gateway-cheque-state = { $state ->
    [booked] booked by the bank
    [refused] refused by the bank; owed as before
   *[open] under way
  }

# The console of the server
copying-console = Copy management
copying-console-foot = Users are numbers here. Every act stands in a chained trail that nobody edits unseen.
copying-home = Find
copying-find-lead = Type a number from the label of a card, player, drive or medium.
copying-find-field = Number from the label
copying-find-do = Find
copying-find-no = Nothing has this number. Compare it with the label.
copying-maker = Your role makes media and devices
copying-maker-text = Press them with keyfare press. It writes a batch file, signed by you and sealed to this server: bring it here before anything leaves the factory.
copying-batches = Batches
copying-batches-lead = What keyfare press made is known here once its batch file was brought: signed by whoever pressed it, sealed to this server.
copying-batch-file = Batch file
copying-batch-do = Make it known
copying-batch-known = { $n ->
    [one] { $n } piece is known here now.
   *[other] { $n } pieces are known here now.
  }
copying-alarms = Alarms
copying-alarms-none = Nobody guesses.
copying-alarm = Too many guesses from { $who }
copying-role = { $role ->
    [auditor] Auditor
    [maker] Maker
    [counter] Counter
    [chief] Chief
   *[other] { $role }
  }
copying-medium = Medium
copying-medium-state = { $state ->
    [unused] Nobody has copied from it yet.
    [given] Its key was given, once, to the user with these devices.
    [freed] A repair freed it for the user with these devices, and for nobody else.
   *[other] { $state }
  }
copying-title = Title
copying-batch = Batch
copying-price = Price of a key
copying-number = Number
copying-device = { $kind ->
    [card] Memory card
    [player] Player
    [drive] Drive
   *[other] { $kind }
  }
copying-dead = { $why ->
    [lost] Dead since { $day }: lost, a new card took its place
   *[replaced] Dead since { $day }: repaired or exchanged
  }
copying-alive = In use or in stock
copying-no-user = No user’s keys are kept by this device. Search for the user’s card.
copying-user = The user of this card
copying-since = Registered since
copying-until = Good until
copying-repairs = Repairs within a year
copying-reissues = New cards within a year
copying-copies = Copies
copying-copies-none = This user has not copied anything yet.
copying-copy-state = { $state ->
    [complete] complete
    [cleared] ended by a repair
   *[open] being copied
  }
copying-state = State
copying-exchange = Repair or exchange
copying-exchange-text = The old number dies at once. The card is told to erase; when it confirms, this user’s media are free to copy again.
copying-exchange-broken = What is broken
copying-exchange-new = Number of the replacement
copying-reason = Why; it stands in the trail
copying-exchange-do = Exchange
copying-lost = Card lost again
copying-lost-text = One new card a year needs User ID and word alone, at any gateway. For one more, a second person decides.
copying-lost-do = Propose a new card
copying-orders = Erase orders
copying-order = Erase order
copying-order-open = waits for the card
copying-order-done = confirmed { $day }
copying-order-text = Put this file into the user’s card. It erases its copies’ keys and writes a confirmation.
copying-order-file = Download the order
copying-order-confirm = Confirmation from the card
copying-order-confirm-do = Hand it in
copying-order-confirmed = The card has confirmed. The user’s media are free to copy again, for this user alone.
copying-proposals = Proposals
copying-proposals-lead = What is above a limit takes two people: one proposes, another one decides.
copying-proposals-none = Nothing waits for a decision.
copying-proposals-past = Decided
copying-proposal = { $what ->
    [repair] One repair more than a year allows
   *[reissue] One new card more than a year allows
  }
copying-proposal-state = { $state ->
    [allowed] allowed by { $who }
   *[declined] declined by { $who }
  }
copying-proposed = Proposed by { $who }, { $day }
copying-allow = Allow
copying-decline = Decline
copying-waits = It waits for a second person
copying-waits-text = Above the limit of a year. Somebody else with the role of chief decides it under Proposals.
copying-trail = Trail
copying-trail-whole = { $n ->
    [one] { $n } act, and it stands as it was written.
   *[other] { $n } acts, and every one stands as it was written.
  }
copying-trail-whole-text = Each act is bound to the one before it under a key that is in no table. Recomputed just now, from the first act on.
copying-trail-edited = The trail was edited
copying-trail-none = Nothing was done yet.
copying-trail-act = Act
copying-trail-who = Who
copying-trail-what = What
copying-trail-chain = Chain
copying-trail-server = the server itself
copying-trail-older = Older acts
copying-takings = Takings
copying-takings-lead = Each gateway keeps its share and pays the rest. Whole units only; what is left over goes to whoever is owed more from before, so no sum is ever a unit off.
copying-takings-none = No gateway is listed. Users are served at the counter alone.
copying-takings-share = Keeps { $share }
copying-takings-lines-none = No key was delivered over this gateway yet.
copying-software = Devices that are programs are files: whoever copies the files of card, player and drive plays beside you. Keep them where only you can read.
