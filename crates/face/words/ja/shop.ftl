# 販売者の画面。

shop-nav = ショップ
shop-works = 作品
shop-publishers = 発行元
shop-how = しくみ
shop-refunds = 返金
shop-stores = このショップが保存する情報
shop-search = 検索
shop-search-label = 作品名または名前
shop-all = すべて

kind-of = { $kind ->
    [sound] 音楽・音声
    [video] 映像
    [text] 本・文章
    [picture] 絵・写真
    [program] ゲーム・プログラム
   *[mixed] 作品
  }
kinds-of = { $kind ->
    [sound] 音楽
    [video] 映像
    [text] 本
    [picture] 絵・写真
    [program] ゲーム
   *[mixed] その他
  }
kind-by = { $kind ->
    [sound] 音楽・音声 / { $publisher }
    [video] 映像 / { $publisher }
    [text] 本・文章 / { $publisher }
    [picture] 絵・写真 / { $publisher }
    [program] ゲーム・プログラム / { $publisher }
   *[mixed] 作品 / { $publisher }
  }

front-title = 手元に残り、人に渡せる作品
front-new = 新着
front-all = すべての作品
front-found = 「{ $query }」の検索結果: { $n }件
front-kind = { $kind ->
    [sound] 音楽
    [video] 映像
    [text] 本・文章
    [picture] 絵・写真
    [program] ゲーム・プログラム
   *[mixed] その他の作品
  }
front-count = { $n }作品
front-empty = まだ作品がありません。
front-empty-do = 最初の作品を準備しています。またお越しください。
front-nothing = 「{ $query }」は見つかりませんでした。
front-nothing-kind = この種類の作品はまだありません。
front-mean = もしかして: { $title }
front-see-all = すべての作品を見る
front-legend = 友だちが払う料金。歯の数はコピーできる世代の数
front-legend-due = ロック付きで届き、解除に支払う
front-page = { $pages }ページ中{ $page }ページ目
front-previous = 前のページ
front-next = 次のページ
front-pages = ページ
front-kinds = 作品の種類
front-choose = ライセンスを選ぶ({ $price }から)
front-fail = いま棚を読み込めません。
front-fail-do = お金は動いていません。少し待ってから、もう一度お試しください。

tile-from = { $price }から
tile-free = 無料
tile-moves = 譲渡のみ、コピー不可
tile-stays = カードから移せません
tile-copies-free = コピーは無料
tile-sold-out = 売り切れ
tile-left = 残り{ $left }(全{ $size })
tile-file = 無料のファイル、{ $size }
tile-file-of = : { $title }の暗号化ファイル
tile-preview = 試聴・試し読み
front-preview-fail = 試聴できないときは、
front-preview-again = もう一度再生する
tile-preview-of = { $title }の試聴・試し読み

how-copy = ファイルはコピー自由
how-copy-text = 作品はすべて暗号化されています。ダウンロードしても、持ち歩いても、人にあげても無料です。ライセンスが届くまでは再生できません。
how-hand = ライセンスを渡す
how-hand-text = あなたのカードから友だちのカードへ、新しいライセンスを渡します。料金は同時に取り分けられます。ネット接続は要りません。
how-home = 料金は発行元へ
how-home-text = どちらかのカードが次にネット、ATM、お店につながったとき、料金が発行元へ届きます。

work-skip = ライセンスの選択へ進む
work-by = 発行元: { $publisher }
work-since = { $day }から販売
work-cover = { $title }のカバー
work-preview = 試聴・試し読み
work-preview-free = 無料、準備は要りません
work-preview-fail = 表示されないときは、ページを読み込み直してください。試さなくても購入できます。
work-license = ライセンスを選ぶ
work-none = いまは販売していません。
work-none-text = 友だちから受け取ったライセンスでファイルを開けます。お持ちのライセンスはこれまでどおり使えます。
work-sold-out = { $n }点すべて売り切れました。持ち主から譲ってもらうことはできます。
work-file = ファイルは無料です
work-file-text = 誰でもダウンロード、コピー、配布ができます。暗号化されていて、この作品のライセンスがあれば開けます。
work-file-get = ファイルをダウンロード、{ $size }
work-file-unique = この作品は購入者ごとに暗号化されます。購入後に専用のファイルを受け取れます。
work-tracks = 全{ $n }曲
work-performers = 出演
work-creator = 作者
work-seller = 販売者について
work-seller-name = 販売者
work-seller-id = 証明書の番号
work-seller-at = 所在アドレス
work-publisher = 発行元
work-content = 作品番号
work-confirm = お支払いはこの画面ではなく、カードの画面で確認します。このショップに伝わるのは支払いと、この購入のためのカード番号だけです。お名前は伝わりません。
work-no-wallet = ウォレットが開きませんか?
work-no-wallet-do = 1つの手順で用意する

offer-unlimited = 無制限
offer-plays = { $n }回再生
offer-period = 最初の再生から{ $span }
offer-until-day = { $day }まで
offer-numbered = 番号付き、全{ $size }点
offer-part = 最初の{ $share }
offer-line-unlimited = お持ちのプレーヤーで何度でも再生できます。
offer-line-plays = { $n }回再生できます。途中で止まった再生は24時間以内なら続けられます。
offer-line-period = 最初に再生してから{ $span }使えます。
offer-line-until = { $day }まで使えます。
offer-line-part = 作品の最初の{ $share }を開けます。
offer-line-nothing = ライセンスのみで、作品は含まれません。
offer-left = 残り{ $left }(全{ $size })
friend-copy = 友だち1人につき{ $key }、コピーは{ $n }世代まで
friend-copy-free = 友だちへのコピーは無料、{ $n }世代まで。
friend-copies-max = コピーは全部で{ $n }回まで。
friend-move = 譲る相手が払う料金{ $key }、コピーはできません
friend-move-free = 友だちのカードへ譲れます。コピーはできません。
friend-locked = 友だちへのコピーは無料、ロックの解除に{ $key }
friend-none = あなたのカード専用です。人には渡せません。
offer-buy = { $price }で購入
offer-buy-free = 無料で受け取る
offer-buy-what = : { $title }、{ $license }
offer-tax = 内税({ $rate })
offer-refund = 返金
offer-refund-none = なし
offer-refund-any = { $days }日以内、価格の{ $part }
offer-refund-unplayed = 未再生で{ $days }日以内、価格の{ $part }
offer-pay = 支払い方法
offer-offline = オフラインで再生
offer-yes = できます
offer-number = 商品番号
offer-enterprise = 事業者番号
offer-until = 販売終了
offer-details = すべての条件
tender-slip = カードの電子マネー
tender-value = クーポン、チケット、ポイント
tender-charge = 電話料金と一緒に支払い
tender-approval = 銀行やカード会社の購入承認
tender-receipt = 以前の支払いの領収書
tender-medium = お持ちのディスクやメモリーカード
tender-order = 現金または銀行振込

publishers-title = 発行元
publishers-lead = このショップで作品を販売している発行元です。いずれも登録機関の証明を受けており、作品の代金は発行元のものになります。
publisher-of = { $publisher }の作品
publisher-certified = 証明書の番号

order-title = ご注文
order-way = お支払いの処理中です。
order-way-text = ショップは支払いを受け取り、発行会社に確認しています。カードは同じ番号で問い合わせるので、二重に支払うことはありません。この画面は閉じてかまいません。
order-given = 完了しました。{ $title }を受け取りました。
order-given-text = ライセンスはカードにあります。ウォレットで再生できます。何度届いても、ライセンスも支払いも1回分です。
order-refunded = { $day }に返却されました。
order-refunded-text = { $amount }は支払ったカードに戻りました。ライセンスは終了しています。
order-void = 購入は成立しませんでした。
order-void-text = 支払いは行われていません。ショップが取り消したため、金額は残高に戻っているか、引かれていません。作品の画面からもう一度お試しください。
order-open = ウォレットを開く
order-play = 再生
order-receipt = 領収書を見る
order-unknown = この注文は見つかりません。
order-unknown-text = このアドレスの注文はありません。カードに「受け渡しの途中」と出ているときは、ウォレットを開いてください。自動でもう一度問い合わせます。
receipt-title = 領収書 { $number }
receipt-what = 内容
receipt-amount = 金額(税込)
receipt-tax = 税率ごとの内訳
receipt-rate = 税率
receipt-net = 税抜
receipt-tax-sum = 税額
receipt-gross = 税込
receipt-total = 合計
receipt-sold-by = 販売者
receipt-paid = 支払い方法
receipt-paid-money = 電子マネー { $sum }
receipt-paid-receipts = 以前の領収書 { $sum }
receipt-paid-values = クーポン・ポイント { $sum }
receipt-paid-medium = お持ちのメディア { $sum }
receipt-paid-approved = 承認による支払い { $sum }(支払元: { $name })
receipt-paid-telephone = { $name }の電話料金と合算 { $sum }
receipt-paid-bank = { $name }からの口座引き落とし { $sum }
receipt-paid-cleared = 電子マネー { $sum }({ $name }が請求を断ったあとのお支払い)
receipt-paid-free = 支払いなし(無料)
receipt-offer = 商品番号
receipt-deal = 取引番号
receipt-serial = 通し番号
receipt-rule = 返金の条件
receipt-state = 状態
receipt-state-given = お渡し済み
receipt-file = 専用の暗号化ファイルをダウンロード
receipt-private = この画面のアドレスを知っている人は領収書を見られます。お名前は載っていません。
receipt-thanks = ありがとうございます。作品はずっとお手元に残ります。
receipt-refund = 返金を申し込む
refund-title = 返金を申し込む
refund-for = { $title }、領収書 { $number }
refund-may = { $day }まで返却できます。
refund-may-text = ウォレットでライセンスを選び、「返却して返金を受ける」を押してください。カードがライセンスを返すのと同時に、{ $amount }が残高に戻ります。
refund-unplayed = 一度でも再生すると自動では返金できません。再生したかどうかはカードが知っています。
refund-late = 返金の期限は{ $day }に終わりました。
refund-none = このライセンスは返金の対象外です。
refund-write = 作品に問題があるときは、発行元の{ $publisher }へご連絡ください。領収書の番号だけで確認できます。
refund-done = { $day }に返却され、{ $amount }を返金しました。
refunds-title = 返金
refunds-lead = 返金できるか、いつまでか、いくら戻るかは、お支払いの前に商品ごとに表示しています。
refunds-how = 手順
refunds-how-text = ウォレットからライセンスを返却します。カードが未再生であることを示し、ライセンスを手放すと同時に、お金が残高に戻ります。審査はありません。
refunds-played = 再生したあとは
refunds-played-text = 自動では返金できません。作品に不具合があるときは発行元へご連絡ください。領収書の番号だけで確認できます。
refunds-who = 販売者


help-title = しくみ
help-lead = 購入にはウォレットを使います。あなたのカードを動かす、あなた自身のプログラムです。このショップからは見えません。
help-wallet = 1つの手順でウォレットを用意する
help-wallet-text = Rustが入っているところで次の1行を入力してください。Keyfareがインストールされ、このショップのレルムのウォレットが起動してアドレスを表示します。そのアドレスをこのブラウザーで開くと、暗証番号を決めてカードが作られ、合言葉が表示されます。
help-wallet-have = Keyfareが入っているところで次の1行を入力してください。このショップのレルムのウォレットが起動してアドレスを表示します。そのアドレスをこのブラウザーで開くと、暗証番号を決めてカードが作られ、合言葉が表示されます。Keyfareの入手先をこのショップは案内していません。運営者にお尋ねください。
help-wallet-back = 作品の画面に戻り、もう一度購入ボタンを押してください。まだ何も支払っていません。
help-open = ウォレットを開く
help-buy = 購入する
help-buy-text = 作品の購入ボタンを押すと、{ $address }でウォレットが開きます。ウォレットはこのショップに価格を確かめ、署名する内容を表示します。金額、販売者、合言葉を確かめてください。そこで同意するまで支払いは行われません。
help-again = 画面を閉じたり通信が切れたりしたときは、もう一度購入ボタンを押すか、ウォレットを開いてください。同じ購入が完了し、支払いは1回だけです。
help-play = 再生する
help-play-text = 暗号化ファイルはここからでも友だちからでも入手できます。同じファイルです。ライセンスがカードに届けば、ウォレットで再生できます。
help-hand = 人に渡す
help-hand-text = ライセンスで許されていれば、あなたのカードから友だちのカードへ新しいライセンスを渡せます。ネット接続は要りません。鍵に描かれた料金を友だちが払い、発行元に届きます。

nothing-title = ここには何もありません。
nothing-text = アドレスが違うか、作品が棚から下ろされました。お持ちのライセンスはこれまでどおり使えます。
refused-title = 表示できませんでした。
refused-text = お金は動いていません。少し待ってから、もう一度お試しください。

# 購入について保存されている情報
stored-title = 領収書{ $number }について保存されている情報
stored-lead = 領収書のほかに保存されている情報のすべてです。お名前、住所、カード番号はありません。
stored-work = 作品
stored-receipt = 領収書
stored-order = 注文
stored-tag = カードのタグ(1回限り)
stored-license = ライセンス
stored-slip = 支払い
stored-charge = 請求番号
stored-payer = 請求の支払元
stored-record = 請求の入金
stored-record-open = まだ入金がありません
stored-record-settled = 精算済み { $at }
stored-approver = 承認された額の支払元
stored-medium = 支払いに使ったメディアの名前
stored-made-out = ほかの鍵へのライセンスの再発行
stored-times = { $count }回
stored-waits = 担当者の確認待ち
stored-decision = もう一度お伝えするためのカードへの返事の保管
stored-yes = はい
stored-no = いいえ
stored-buyer = このショップだけが使うカードの番号
stored-buyer-gone = 削除済み
stored-file = ファイルとして受け取る
stored-forget = 番号を削除する
stored-forget-text = 削除すると、同じカードのほかの購入と結び付けられなくなります。販売の記録は帳簿に残り、ライセンスはこれまでどおり使え、期間内なら返却もできます。
stored-forget-do = 番号を削除する
stored-days = 購入から{ $days }日後に自動で削除されます。
stored-forgotten = この購入から番号を削除しました。販売の記録だけが帳簿に残っています。
stored-back = 領収書に戻る
receipt-stored = この購入について保存されている情報
