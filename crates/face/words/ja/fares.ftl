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
