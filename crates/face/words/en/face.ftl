# What every page of every party says.

-keyfare = Keyfare

skip-main = Skip to the content
dev-realm = dev realm: play money for trying things out; its keys protect nothing
sells-with = { $seller } sells with
motto = Content is free to copy. Keys carry their fare.
language = Language
help = Help
your-card = Your card
title-of = { $page }, { $site }

# Lengths, sizes
span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
  }
span-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
  }
span-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
  }
size-bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
  }

# The key, for those who do not see it
key-friend = for a friend, { $n ->
    [one] one generation of copies
   *[other] { $n } generations of copies
  }
key-friend-endless = for a friend, copies without limit of generations
key-friend-move = for a friend, moves and is never copied
key-due = to unlock
key-torn = on its way
key-home = home
key-up-to = up to { $n }
key-endless = no limit

# The money bar
bar-purse = Purse
bar-escrow = Escrow, for publishers
bar-way = On its way
bar-all = Everything on this card

# Waiting
wait-stop = Stop, nothing changes
again = Try again

# Story pages
stories = Stories
stories-lead = Every page in every state it can be in, with made-up figures. Only here, in the dev realm.
stories-states = { $n ->
    [one] { $n } state
   *[other] { $n } states
  }
