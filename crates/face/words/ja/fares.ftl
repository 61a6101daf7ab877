# 発行元の「料金」画面。

fares = 料金
fares-nav = 管理画面
fares-now = 現在
fares-home = 到着済み
fares-count = { $n }件
fares-under-way = 発行者に提示中
fares-under-way-count = 受け取り済みで回答待ちが{ $n }件
fares-out = 分かっている範囲での未着分
fares-out-none = 連絡なし
fares-out-none-text = カードが報告すると、発行者から知らせが届きます。
fares-out-count = カード上に{ $n }件({ $day }の発行者からの知らせ)
fares-elsewhere = あなたへの料金は、このショップではなく、あなた自身の回収窓口に届きます。そのページは窓口のサーバーにあります。
fares-rebates = 還元した額
fares-rebates-count = { $n }回
fares-empty = まだコピーはありません。料金を預かったカードがオンラインになるか機械に立ち寄ると、ここに最初の料金が表示されます。
fares-coming = 帰ってくる料金
fares-legend-home = 到着済み: 回収して記帳した料金
fares-legend-out = 未着: カードに取り分けられている料金
fares-plot = { $from }から{ $to }までの、分かっている料金と到着した料金
fares-plot-text = 最終時点で分かっている料金は{ $known }、到着済みは{ $home }です。間の帯が、まだ届いていない料金です。
fares-plot-region = 週ごとの料金の図
fares-known-mark = 既知 { $sum }
fares-way-mark = 未着 { $sum }
fares-home-mark = 到着 { $sum }
fares-old = このうち少なくとも{ $sum }は、60日以上前から受け渡しの途中です。
fares-known-why = 料金は、それを渡したカードか預かっているカードがオンラインになった時点で分かります。まだ一度も現れていないカードの料金は図に含まれず、現れた時に加わります。
fares-table = 表で見る
fares-week-table = 週ごとの料金(累計)
fares-week = 週の始まり
fares-known = 既知
fares-way = 未着
fares-days = 日ごと
fares-days-plot = 直近30日間に到着した料金
fares-days-table = 日ごとの料金(新しい順)
fares-day = 日
fares-fares = 件数
fares-paths = 届いた経路
fares-paths-plot = 経路ごとの到着した料金
fares-path = 経路
fares-path-online = オンライン(自動)
fares-path-shop = お店にカードを持参
fares-path-atm-before = 現金自動預払機(取引の前)
fares-path-atm-after = 現金自動預払機(取引の後)
fares-path-application = カードのほかのアプリケーション
fares-path-kiosk = キオスク端末
fares-silent = { $path }: { $day }から何も届いていません。
fares-silent-do = 運営者に確かめてください。失われるものはありません。料金はカードに残り、ほかの経路で届きます。
fares-path-times = { $path }: { $n }件
fares-together = 合計
fares-works = 作品ごと
fares-works-plot = 作品ごとの到着した料金(多い順)
fares-work = 作品
fares-work-unnamed = 作品 { $id }
fares-ways = 経路
fares-rest = この経路では届かなかった料金
fares-rest-what = その後
fares-sum = 金額
fares-refused = 認められなかったもの: お金になりません
fares-refused-why = { $n ->
   *[other] 届いた料金のうち{ $n }件({ $sum })を発行会社が認めませんでした。本物でないか、失効したカードのものです。お金ではなく、届いた金額には数えていません。
  }
fares-given-up = 復元されたカードが手放したもの: 発行者が入金しました
fares-unclaimed = 何年も前に確認されたが届かなかったもの: 発行者の未請求口座にあります
fares-as-of = { $day }現在の数字です。
fares-csv = CSVで保存
fares-json = JSONで保存

# 料金を届けた人への還元
rebates = 還元
rebates-lead = 決めた経路で料金を届けた人に還元するものです。支払いの前に表示され、料金ごとに計算して端数は切り捨てます。
rebates-now = 現在の還元
rebates-none = 還元はありません。カードはオンラインになると自動で料金を届けます。
rebates-set = 還元を設定する
rebates-share = 割合
rebates-share-in = 料金ごとの割合(%)
rebates-share-hint = 最大で半分です。0にすると、この経路の還元を終了します。
rebates-most = 上限
rebates-most-in = 料金1件あたりの上限({ $currency })
rebates-example = { $sum }につき
rebates-kind = 形
rebates-label = 名前
rebates-label-hint = 支払いの前と、還元を受け取るときに表示されます。
rebates-money = お金
rebates-money-text = カードの残高に入り、あなたへの支払いから差し引かれます。
rebates-coupon = クーポン
rebates-coupon-text = あなたの作品に1年間使えます。
rebates-save = 保存
rebates-no = { $code ->
    [rebate-share] 還元できるのは料金の半分までです(0.1%単位)。
    [rebate-most] 料金1件あたりの上限を入力してください。
    [rebate-label] 1〜60文字の名前を付けてください。
    [amount] 料金1件あたりの上限を、整数で入力してください。
   *[other] 保存されませんでした。
  }

vouchers = バウチャー
vouchers-lead = ご自分の商品1つに使えるクーポン、金券、ポイントを、入力用のコードとして作ります。値引きされた分は、受取額から差し引かれます。
vouchers-made = 作成済み
vouchers-none = まだありません。
vouchers-no-offer = まず作品を販売に出してください。バウチャーは商品1つに対して作ります。
vouchers-new = 作成する
vouchers-kind = 種類
vouchers-kind-of = { $kind ->
    [prepaid] 金券(全額を一度に使用)
    [points] ポイント(全部を一度に使用)
    [cheque] 小切手(全額を一度に使用)
    [ticket] チケット
   *[coupon] クーポン
  }
vouchers-offer = 対象の商品
vouchers-worth = 1つの値
vouchers-off = 値の単位
vouchers-amount = 金額
vouchers-percent = 価格に対するパーセント
vouchers-count = 作成数
vouchers-count-in = 枚数
vouchers-taken = 受け取り済み
vouchers-spent = 使用済み
vouchers-promised = 未使用の約束
vouchers-until = 期限
vouchers-days = 有効日数(空欄で無期限)
vouchers-label = 名前
vouchers-label-hint = 60文字まで。受け取った人のカードに表示されます。
vouchers-look = 内容を確認する
vouchers-sure = これを作りますか?
vouchers-would = コード{ $n }件、1件あたり{ $each }、合計{ $total }。
vouchers-would-until = { $day }まで有効。
vouchers-would-ever = 無期限。
vouchers-bear = 使われた分はあなたの負担です。使われるまでは、約束として帳簿に残ります。
vouchers-make = 作る
vouchers-leave = 作らない
vouchers-sheet = 用紙
vouchers-sheet-of = 「{ $label }」の用紙
vouchers-sheet-care = このページを印刷し、お金と同じように保管してください。先に入力した人のものになります。
vouchers-back = バウチャー一覧
vouchers-no = { $code ->
    [value-kind] 種類を選んでください。
    [value-worth] 1つの値を整数で入力してください。
    [value-label] 1〜60文字の名前を付けてください。
    [vouchers-count] 一度に作れるのは1〜1000件です。
    [vouchers-offer] ご自分の商品を選んでください。
    [vouchers-part] 割合は0より大きく、価格の全部までです。
    [vouchers-until] 有効日数を3650日までで入力してください。
    [vouchers-total] 合計が大きすぎます。数を減らしてください。
   *[other] 作成されませんでした。
  }
