# Players and wallets: who may play what at home, lent out and had back.

loan-players = Players
loan-lead = A player plays what you lend it. Plays you lend are off your card until they come back: three plays are three in all.
loan-none = No player yet. Open a player on this network, or take its code.
loan-allowed = may play
loan-not-allowed = not let in
loan-since = Paired on { $date }.
loan-open = { $n ->
    [one] One hand-over with it is still on its way. Bring the two together; it finishes by itself.
   *[other] { $n } hand-overs with it are still on their way. Bring the two together; they finish by themselves.
  }
loan-with-it = With it now
loan-with-it-none = Nothing of yours is with it.
loan-plays = { $n ->
    [one] one play
   *[other] { $n } plays
  }
loan-until = until { $date }
loan-unlimited = as long as the license lasts
loan-back = Have it back
loan-back-letter = By code or file
loan-lend = Lend to { $player }
loan-choose = What
loan-how-many = How many plays
loan-how-many-what = Left empty: all there are.
loan-lend-do = Lend it
loan-lend-letter = Lend by code or file
loan-left = { $title }, { $n ->
    [one] one play left
   *[other] { $n } plays left
  }
loan-nothing-to-lend = You have nothing that can be lent. Buy a license, or have one back.
loan-let-in = Let it in
loan-let-out = No longer let it in
loan-let-out-what = What it has stays with it until you have it back.
loan-gone = It is gone
loan-gone-what = If a player is lost, you can give up what it was lent. These plays do not come back, even if the player turns up.
loan-give-up = Give up { $title }
loan-add = Add a player
loan-add-what = Both sides agree with their own PIN. Each decides whom it lets in, and can change it at any time.
loan-my-name = What your wallet is called there
loan-near-here = Players on this network
loan-near-with = Pair with { $name }
loan-near-compare = The player shows the same two words.
loan-take = Take the player's code
loan-pair-title = Pair with { $name }
loan-pair-wallet = This wallet will be able to hand licenses to that player, and to have them back. It gets no money and no keys of yours besides.
loan-pair-player = { $name } will be able to lend to this player. Only its owner lets it in.
loan-pair-unknown = A wallet wants to be let in
loan-pair-do = Pair
loan-pair-no = Don't pair
loan-show-pair = Show this to the wallet
loan-show-pair-what = Your wallet takes this code, with your PIN, and answers.
loan-show-paired = Show this to the player
loan-show-paired-what = The player takes this code, with its owner's PIN. Only that player can read it.
loan-show-letter = Show this to the other device
loan-show-letter-what = Only the other device can use it. It may be shown again as often as you like.
loan-take-next = Take its answer
loan-step-show = Show
loan-step-answer = Take the answer
loan-step-done = Done
loan-done-lent = { $title } is with { $player } now.
loan-done-back = What was left of { $title } is back.
loan-done-paired = Paired. The player's owner still has to agree there.
loan-done-agreed = Paired.
loan-done-allowed = Saved.
loan-done-called = Your wallet was called. It takes it back by itself.
loan-done-given-up = Given up.
loan-player = Player
loan-here = To play here
loan-here-none = Nothing was lent to this player yet. Lend something from your wallet.
loan-from = From { $wallet }
loan-return = Give it back
loan-wallets = Wallets
loan-wallets-none = No wallet yet. Show this player's code to your wallet, or find it there under { $words }.
loan-wallets-alone = No wallet yet. Show this player's code to your wallet.
loan-wallets-lead = Wallets that may lend to this player. Its owner decides, with the owner's PIN.
loan-asks = Wants to be let in
loan-show-code = Show this player's code
loan-found-as = On this network this player is called { $words }.
loan-put-back = This player's memory was put back from an older copy. What it was lent does not play any more; make the player anew, and let your wallets give up what they lent it.
loan-bound = Plays only while your wallet answers.
loan-away = Your wallet does not answer. Bring it near, and play again.
loan-lent-out = All of it is with a player. Have it back, and play it here.
loan-counted-once = This memory was put back from an older copy, where plays that were used are there again. What is counted plays once the card has been online; a player is made anew.
loan-may-lend = may lend
