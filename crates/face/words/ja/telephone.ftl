# ウォレットの画面: 通信会社が立て替えて、電話料金と一緒に請求するもの。

tel-title = 電話料金で支払う
tel-lead = ご契約の通信会社が販売者に立て替えて支払い、電話料金と一緒に請求します。口座のある銀行も、口座から直接支払えます。
tel-what = 立て替えてくれる通信会社と、請求に向かっている購入。

tel-owed = 請求に向かっている購入
tel-owed-none = 待っているものはありません。この方法での購入はすべて済んでいます。
tel-credit = 同時に{ $most }件まで(いま{ $count }件)、{ $max }まで(いま{ $sum })
tel-waits = { $title }の{ $sum }を{ $payer }に依頼しています
tel-waits-text = 作品はもうあなたのものです。カードが自動的に問い合わせ、同じ依頼が二度請求されることはありません。{ $payer }の返事が届くまで、{ $plays ->
    [0] 再生はお休みです(返事の前に再生できる回数を使い切りました)。
   *[other] あと{ $plays }回再生できます。
  }
tel-waits-short = { $title }の{ $sum }を{ $payer }に依頼しています。カードが自動的に問い合わせます。
tel-refused = { $payer }は{ $title }の{ $sum }を支払いません
tel-refused-why = { $why ->
    [charge-no-subscriber] 契約がないか、終わっています。
    [charge-enterprise-not-trusted] この販売者への支払いは行っていません。
    [charge-above-limit] 今月のコンテンツの上限を超えます。
    [charge-not-covered] 口座の残高が足りません。
   *[other] 理由は示されていません。
  }
tel-refused-do = 請求には何も載りません。ライセンスはカードに残り、失われません。{ $seller }に{ $sum }が支払われるとすぐに再生できます。
tel-refused-short = { $payer }は{ $title }の{ $sum }を支払いません。電子マネーで支払うと再生できます。
tel-pay = 電子マネーで{ $sum }を支払う
tel-ask-now = いま問い合わせる

tel-carriers = 立て替える通信会社
tel-carriers-none = このカードはまだ通信会社を知りません。一度ネットに接続すると表示されます。
tel-pays = 立て替え中
tel-choose = { $payer }に立て替えてもらう
tel-unchoose = { $payer }に立て替えてもらうのをやめる
tel-key = 契約の鍵
tel-key-what = 契約のときに{ $payer }に渡します。会社ごとに違うので、別々の会社が同じカードだと知ることはできません。

tel-file = ネットがないとき
tel-file-text = ネットにつながるどの機械でも、依頼を通信会社に届けて返事を持ち帰れます。途中の誰も読んだり変えたりできません: keyfare bill out、keyfare bill carry、keyfare bill in。

tel-conf-way = 電話料金で{ $sum }({ $payer })
tel-conf-with = 電話料金({ $payer })
tel-conf-learns = { $payer }に伝わるのは販売者、商品番号、金額、時刻です。販売者に伝わるのは誰が支払うかで、あなたが誰かではありません。
tel-conf-until = すぐに手に入ります。{ $payer }の返事が届くまで{ $plays ->
   *[other] { $plays }回
  }再生できます。二度押しても購入は一度です。
tel-conf-not-paid = { $payer }はこの販売者への支払いを行いません。代わりに電子マネーで支払ってください。
tel-conf-clear = { $payer }が支払わなかったため

# 銀行口座からの即時引き落とし。
tel-debit-what = 口座のある銀行です。{ $payer }が口座からすぐに販売者へ支払い、あとから請求は届きません。1回の購入は、同時に借りられる上限までです。
tel-debit-way = { $payer }の口座から{ $sum }
tel-debit-with = { $payer }の口座
tel-debit-learns = { $payer }に伝わるのは支払い先、金額、時刻、購入の番号です。販売者に伝わるのはどの銀行が支払うかで、あなたが誰かではありません。
