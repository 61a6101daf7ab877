# 通信会社のページ: 加入者の請求書と、運営者の管理画面。

bill-nav = お使いの電話
bill-foot = 金額は通信会社の帳簿によるものです。このページの住所を知るのはあなただけです。
bill-front = 請求書にはそれぞれの住所があります
bill-front-text = 請求書ごとの住所は通信会社からお届けします。住所を知っている人は請求書を読めます。請求書そのものと同じように保管してください。

# 請求書
bill-title = { $month }の請求書
bill-title-telephone = { $month }の電話料金請求書
bill-title-content = { $month }のコンテンツ請求書
bill-period = { $from }から{ $until }まで。請求書番号 { $number }
bill-for = ご契約者
bill-line = 電話番号 { $number }
bill-pay-by = お支払い期限 { $day }
bill-settled = お支払い済み
bill-settled-text = お手続きは必要ありません。
bill-nothing = お支払いはありません
bill-nothing-text = { $sum }を次回の請求から差し引きます。
bill-part-paid = { $total }のうち{ $paid }をお支払いいただきました。
bill-reference = お支払いの際は{ $number }だけをお書きください。
bill-telephone = 電話
bill-item = 項目
bill-used = ご利用
bill-amount = 金額
bill-calls = 通話
bill-packets = パケット
bill-basic = 基本料金({ $plan })
bill-whole-month = { $month }
bill-time = { $hours }時間{ $minutes }分{ $seconds }秒
bill-packet-count = { $n ->
   *[other] { $n }パケット
  }
bill-telephone-sum = 電話の合計
bill-content = 立て替えてお支払いしたコンテンツ
bill-date = 日付
bill-license = ライセンス
bill-paid-to = 支払先
bill-offer = 商品番号 { $number }
bill-refund = 返金: { $what }
bill-content-sum = コンテンツの合計
bill-no-content = 今月のコンテンツはありません。
bill-content-apart = コンテンツは別の請求書です。
bill-telephone-apart = 電話は別の請求書です。
bill-carried-in = 前回から繰り越した差引額
bill-carried-out = 次回へ繰り越す差引額
bill-seller = 販売者には当社が支払いました。お名前と電話番号は伝えていません。
bill-question = 心当たりがないときは、購入番号(例: { $number })とこの請求書の番号をお知らせください。
bill-sum-telephone = 電話
bill-sum-content = コンテンツ
bill-sum = ご請求額
bill-tax = 消費税({ $rate })を含みます: { $tax }。
bill-tax-number = 登録番号 { $number }。
bill-issued = 発行日 { $day }。翌月はゼロから始まります。
bill-as-data = データ
bill-pdf = PDF
bill-csv = 表(CSV)
bill-json = JSON
bill-print = PDFは同じ内容をA4にまとめたものです。このページをブラウザーから印刷することもできます。

# 管理画面
carrier-desk = 月と請求書
carrier-desk-months = 月
carrier-desk-month = 月
carrier-desk-bills = 請求書
carrier-desk-sum = 合計
carrier-desk-state = 状態
carrier-desk-done = { $day }に請求済み
carrier-desk-under-way = 請求の途中
carrier-desk-none = まだ請求していません。
carrier-desk-bill-text = 加入者ごとに請求書は一通です。同じ月を二度請求しても一度だけ請求されます。その間に届いた記録は翌月に数えます。
carrier-desk-which = 月(2026-11のように)
carrier-desk-do = この月を請求する
carrier-desk-latest = 最近の請求書
carrier-desk-suspense = 何にも合わない入金
carrier-desk-suspense-none = すべての入金は請求書に合っています。
carrier-desk-suspense-text = どの請求書の支払いか決まるまでここで待ちます。失われることはありません。
carrier-desk-odd = 銀行が口座から{ $amount }を引き落としましたが({ $reference })、こちらの指図にはありません。
carrier-desk-says = 摘要
carrier-desk-assign = 請求書番号
carrier-desk-assign-do = この請求書に充てる
carrier-desk-lost = 持ち主のない番号の利用記録
carrier-desk-lost-none = すべての記録に持ち主がいます。
carrier-desk-gap = { $source }の記録{ $from }から{ $until }が届いていません。
carrier-desk-enterprises = 事業者
carrier-desk-enterprises-none = まだありません。購入はすべて電子マネーになります。
carrier-desk-trusted = 支払う
carrier-desk-refused = 支払わない
carrier-desk-refused-text = 支払いの対象でない販売者は、次の接続のときにウォレットへ伝わり、ほかの支払い方法が案内されます。
carrier-desk-figures = 帳簿
carrier-desk-owner = 送り元
carrier-desk-record = 記録
carrier-desk-number = 請求書
carrier-desk-open = 未払い

# Somebody wants to charge the bill, and asks first.
consent-title = 電話料金への請求を許可しますか
consent-who = { $name } が、購入代金を電話料金に合わせて請求することを求めています。
consent-compare = 相手の画面に出ている文字と比べてください：{ $text }
consent-what = 許可すると、これから1時間、今月の契約の残り{ $most }まで請求できます。購入は一件ずつ請求書に載ります。
consent-yes = 許可する
consent-no = 断る
consent-agreed = 許可しました。元の画面に戻ってください。
consent-refused = 断りました。何も請求されません。
consent-over = この確認は回答済みか、期限が過ぎています。これによる請求はありません。
