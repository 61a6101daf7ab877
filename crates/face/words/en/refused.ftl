# Why something was refused. In English the engine's own sentence is said, with its figures; other languages say it by its
# code, which is stable. A test of the wallet holds the list against the codes there are.

refused-why = { $code ->
   *[any] { $detail }
  }
