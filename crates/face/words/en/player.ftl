# The player: what is heard, watched, looked at, read and played, and what it says when it is not.

play-title = Playing { $title }
play-title-film = Watching { $title }
play-title-picture = { $title }
play-title-book = Reading { $title }
play-title-game = In { $title }
play-of = { $kind }, by { $publisher }
play-kind-sound = Sound
play-kind-album = Album
play-kind-film = Film
play-kind-picture = Picture
play-kind-text = Text
play-kind-book = Book
play-kind-paper = Document
play-kind-game = Game
play-kind-other = Work

# Transport
play-controls = Playback
play-play = Play
play-pause = Pause
play-back = Back 10 seconds
play-on = Forward 10 seconds
play-position = Position
play-position-of = { $at } of { $of }
play-previous = Previous work
play-next = Next work
play-whole-screen = Whole screen
play-keys = While the player has the focus, space plays and pauses, left and right arrows seek, N and P change the work.
play-keys-on = Use these keys
play-keys-game = The game hears your keys while it has the focus. Tab leads on from it.
play-broke = It stopped: the rest could not be read. Your play goes on when you press play again.

# Reading
play-contents = Contents
play-tracks = Tracks
play-chapter = Chapter { $n }
play-chapter-of = { $n } of { $of }
play-chapter-before = Previous
play-chapter-after = Next
play-reader-name = { $title }, text of the book
play-part-of = Part { $n } of { $of }
play-page-of = Page { $n } of { $of }
play-page-before = Previous page
play-page-after = Next page
play-page-go = Go to page
play-page-text = Text of this page
play-page-mute = This page tells no text of its own; it is a picture.
play-game-name = { $title }, the game
play-leaflet-name = { $title }, the document
play-game-safe = It runs in a room without doors: it reaches no network, no file, and nothing of your wallet or card.
play-leaflet-safe = Nothing in it runs, and it reaches no network.

# The license beside it
play-license = Your license
play-left = Plays left
play-left-of = { $left } of { $all }
play-left-endless = Unlimited
play-card = On card
play-offline = Plays without a network
play-offline-yes = Yes
play-share = Opens
play-share-part = the first { $share }
play-share-whole = all of it
play-ends = Until
play-again-until = This play goes on
play-again-for = for { $span }, also after you close it
play-hand-on = Hand on to a friend
play-friend-pays = Your friend pays this, you don't.
play-terms = Terms in full
play-stop = End this play
play-stop-what = Opened keys are wiped. The next time is a new play.
play-elsewhere = In another program on this computer
play-elsewhere-what = Any media player of this computer can open this address while the play goes on. It is secret: who has it, hears it.
play-share-ends = The first { $share } ends here.
play-share-ends-do = Your license opens no more of it. Unlocked, it plays to the end from where it stopped.
play-share-begins = This license opens the first { $share }, and stops there.
play-unlock = Unlock the rest
play-as-file = Save it as a file
play-cannot = This player can't show this kind of work.
play-cannot-do = The work is on your computer and its license on your card. It plays with a program that knows its kind, if its publisher lets it leave the player as a file.
play-log-note = Playback log on this player
play-log-note-what = This player notes what was played, when and how far, to find faults. Keys, amounts and your card are not in it. The log stays here until you send it.
play-log-send = Send the log to support
play-log-see = See the log

# Up next, and nothing playing
play-up-next = Up next
play-uses-one = { $left } of { $all } plays left. Starting uses one; you can continue it for 24 hours.
play-go-on = Continue, { $span } left, no new play
play-nothing = Nothing is playing.
play-nothing-do = Drop a file here, or open your library.
play-player = Player
play-file = A sealed file
play-file-what = Any .keyfare file, from a friend, a stick or a shop. It is kept with your other files, sealed as it is.
play-file-open = Open it
play-goes-on = Interrupted
play-library = Open your library
play-none-yet = No licenses yet. What you buy or get from a friend plays from here.
play-see-licenses = Back to your library

# Refused: nothing was counted, nothing was handed out
play-no-license = No card here holds a license for { $title }.
play-no-license-do = The file is fine. Get a license in a shop or from a friend; it plays as soon as the license is on your card.
play-other-devices = { $title } is bound to its own player and drive.
play-other-devices-do = Content reproduction is not permitted here. Attach the player and the drive this license was made out for.
play-no-license-plain = No card here holds this license.
play-see-shop = See licenses at { $seller }
play-receive = Receive from a friend
play-used = All plays of { $title } are used.
play-used-do = The file stays yours. Get the license again and it plays on.
play-locked = { $title } is locked.
play-locked-do = It arrived without its fare. Unlock it and it plays.
play-unpaid = { $title } is not paid for yet.
play-unpaid-do = Its payment is still on its way. It plays as soon as that has arrived.
play-hold = { $title } waits for its seller.
play-hold-do = Your card was put back from a copy, so its seller first confirms what is left of it. Go online once.
play-ended = { $title } ended on { $day }.
play-ended-plain = The time of { $title } is over.
play-ended-do = You can get it again. The file on your computer will do.
play-often = { $title } was begun too often within an hour.
play-often-do = It plays again from { $time } on.
play-moved = { $title } plays elsewhere by now.
play-moved-do = Only one play of a license runs at a time. Play it here again to go on here; nothing is counted for going on.
play-watched = This player has stopped: another program is looking into it.
play-watched-do = Close the debugger or recorder (process { $process }) and play again. Your play was not lost.
play-missing = The file of { $title } is not here, and could not be fetched.
play-missing-do = Any copy of the file will do: from a friend, a stick, or the shop when you are online. Your license is safe.
play-damaged = The file of { $title } is damaged.
play-damaged-do = Get another copy of the file. Your license is safe and opens it.
play-too-large = { $title } is too large to be shown here.
play-too-large-do = It would take more memory than this player gives a single work. Nothing was harmed.
play-reader = { $title } can't be read.
play-reader-do = Its file is damaged, or was made to harm its readers. It was read apart from your card and your wallet, so nothing was harmed.
play-partial = The first { $share } of this can't be read by itself.
play-partial-do = Files of this kind open only whole. Unlock it to read it.
play-other-package = The file is another edition of { $title }.
play-other-package-do = Get the file this license was sold with.
play-over = This play has ended.
play-once-more = Play again
play-over-do = Start it again from your library. If plays are counted, that is a new one.
play-no = { $title } does not play now.
play-no-code = Code: { $code }
play-nothing-lost = No play was counted.

# The log
play-log = Playback log
play-log-none = Nothing noted yet.
play-log-list = What this player noted, the latest first
play-log-when = When
play-log-what = What
play-log-work = Work
play-log-where = Where
play-log-bytes = bytes { $from } to { $to }
play-log-step = { $step ->
    [began] began, counted
    [continued] went on
    [asked] asked for
    [played] played
    [refused] refused
    [stopped] stopped by itself
    [handed-out] left as a file
   *[ended] ended
  }
