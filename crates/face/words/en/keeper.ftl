# The content server's page: sealed works for anybody to take.

keeper-nav = Content
keeper-foot = Content is free to copy. Keys carry their fare.
keeper-title = Sealed works
keeper-lead = Anybody may take these files and pass them on. They open with a license, which comes another way.
keeper-none = Nothing is here yet. Publishers bring their works sealed.
keeper-what = { $kind }, { $bytes }, made { $at }
keeper-number = Number
keeper-take = Take the file
keeper-why = Nobody here knows who takes a file, has its key, or sells anything. Get the file first or the license first: the order does not matter.
