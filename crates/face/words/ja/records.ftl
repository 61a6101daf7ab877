# 販売者の運営者の画面: 立て替え払いで渡したものと、その入金。

records-title = 記録
records-lead = 立て替え払いで渡したものです。記録は、銀行の通知か電子マネーの支払いによって、一度に決済済みになります。
records-look = 確認が必要
records-count = { $n }件、{ $sum }
records-unsettled = 未決済
records-unsettled-none = 入金を待つ記録はありません。
records-late = 長く未決済のもの
records-late-one = 期限超過
records-unmatched = どの記録にも合わない入金
records-unmatched-none = すべての入金が記録を決済しました。
records-unmatched-text = どの記録も変えず、失われてもいません。どの記録の入金かを選ぶと、両方が一度に片付きます。
records-why = { $why ->
    [settled-before] その記録は決済済みです。二重に支払われました。
    [other-amount] その記録の金額と違います。
    [not-its-payer] 差し引きがありますが、その記録の支払者からの入金ではありません。
   *[no-record] ここで知られている記録を指していません。
  }
records-taken = 銀行が取り消した入金
records-taken-text = それで決済された記録は、再び入金を待ちます。買った人に渡したものはそのままです。
records-had-paid = { $what ->
    [record] 記録{ $charge }の入金でした。
    [nobody] どの記録にも合わない入金でした。
   *[unknown] 取り消しに合う入金は届いていません。銀行に確かめてください。
  }
records-entry-says = 銀行の摘要
records-reopened = 入金取消
records-says = 指図の摘要
records-fits-none = この金額の未決済の記録はありません。
records-for = 記録
records-fit = { $day }、記録{ $charge }、商品番号{ $offer }
records-assign = この記録の入金とする
records-settled = 最近の決済
records-settled-none = まだありません。
records-charge = 記録
records-given = 渡した日
records-when = 渡した日、決済日
records-from-to = { $from }、{ $to }
records-offer = 商品番号
records-payer = 支払う会社
records-how = 決済の方法
records-amount = 金額
records-by = { $by ->
    [cleared] 電子マネー
    [handed-back] 返品
    [given-back] 支払い前に、支払う会社が購入者へ返金
   *[transfer] 銀行の通知
  }
records-back = 購入者へ{ $sum }を返金し、差し引き済み
records-foot = 誰が買ったかはここでは分かりません。すべての記録は /v1/records にあります。
