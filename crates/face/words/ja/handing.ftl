# 渡すとき、受け取るとき: 二人とそれぞれのカードのための画面。

hand-on = 渡す
hand-on-title = { $title }を渡す
hand-none = 渡せるライセンスがありません。
hand-choose = 友だちがライセンスを受け取り、料金を払います。お店もネットも必要ありません。
hand-lead = 友だちは自分のライセンスを受け取り、料金を払います。あなたのライセンスはそのまま残ります。
hand-friend-pays = 友だちが払う料金
hand-you-pay = あなたが払う料金
hand-you-pay-nothing = ありません
hand-since = 入手した日
hand-paid = 支払った金額
hand-deeper = 友だちがさらにコピーできる世代
hand-generations = { $n ->
    [0] できません
   *[other] あと{ $n }世代
  }
hand-made = これまでのコピー数
hand-left = 残りのコピー数
hand-network = ネット接続
hand-network-none = 不要です
hand-what-happens = これから起こること
hand-how = どのように渡しますか?
hand-as-copy = コピーを{ $fare }で渡す(あなたの分は残ります)
hand-as-move = ライセンスそのものを{ $fare }で譲る(あなたの分はなくなります)
hand-move-pin = 暗証番号(譲るときだけ)
hand-show-offer = 申し出を表示する
hand-rides = 預かり料金{ $sum }も一緒に移ります。
hand-rides-chain = 発行元の決まりで、料金はいちばん新しいコピーと一緒に移ります。この作品のためにあなたのカードが預かっている料金は、鍵と一緒に友だちのカードへ移ります。あなたの残高は変わりません。
hand-rides-other = どちらのカードが料金を預かるかは、発行元の決まりによります。あなたの残高は変わりません。
hand-file = ファイル
hand-file-why = 友だちには封をしたファイルも必要です。誰が持っていてもかまいません。USBメモリー、チャット、共有フォルダー、お店のどれでも渡せます。
hand-file-save = ファイルを保存する({ $size })
hand-torn = 途中で切れても、どこまで進んだかは両方のカードに残ります。もう一度始めれば続きから進みます。
hand-stop = 申し出を取り消す
hand-stopped = 取り消しました。何も変わっていません。

step-offer = 申し出を見せる
step-answer = 返事を受け取る(料金入り)
step-key = 鍵を見せる
step-read = 申し出を受け取る
step-agree = 同意して、返事を見せる
step-take = 鍵を受け取る
steps = 三つの手順

show-offer = 友だちに読み取ってもらってください
show-offer-copy = 申し出と条件と料金が入っています。何も開けないので、誰に見られてもかまいません。コピー1回分です。
show-offer-move = 申し出と条件と料金が入っています。何も開けないので、誰に見られてもかまいません。最初に払ったカードがライセンスを受け取ります。
show-offer-free = 友だちはコピーしないこともできます。そのときは何も変わっておらず、元に戻すものもありません。
show-answer = 友だちに読み取ってもらってください
show-answer-what = 料金はあなたのカードで取り分けてあります。これはその料金を友だちのカードへ届けるもので、ほかのカードには読めません。
show-key = 友だちに読み取ってもらってください
show-key-what = 友だちのカードだけが開ける鍵が入っています。ほかの人には役に立たず、何度見せてもかまいません。
show-void-what = 渡せないという返事です。友だちの料金は残高に戻ります: { $reason }
show-done = よければ、最後にこれを見せてください
show-done-what = すべて届いたことを友だちのカードに伝えます。見せなくても、あとで伝わります。
show-alt = QRコード { $of }枚中{ $n }枚目
show-part = { $of }枚中{ $n }枚目
show-next = 次の1枚
show-save = ファイルに保存する
show-near = 自動で渡すこともできます
show-near-to = { $name }に渡す
show-declined = 友だちは受け取りませんでした。何も渡されておらず、どちらにも変わりはありません。
show-passed = { $name }に渡しました。友だちの返事を待っています。

take-answer = 友だちの返事を受け取る
take-key = 鍵を受け取る
take-offer = 申し出を受け取る
take-done = 友だちの最後の返事を受け取る
take-camera = カメラで読み取る
take-camera-off = カメラを止める
take-camera-none = このブラウザーではカメラを使えません。ファイルか写真を使ってください。
take-looking = コード全体が映るように、動かさずにカメラに向けてください。
take-have = { $of }枚中{ $have }枚を読み取りました。
take-file = 友だちからのファイル、またはコードの写真
take-open = 開く

receive = 受け取る
receive-lead = 友だちに「渡す」を押してもらってください。
receive-waiting = 届いている申し出
receive-look = 料金を見る
receive-from = { $giver }から
receive-away = いりません
near = 近くの人
near-off-what = いまは誰からも見えません。10分間だけ見えるようにすると、同じネットワークの友だちが申し出を渡せます。
near-on = 見えるようにする
near-off = 見えないようにする
near-name = この10分間、あなたは「{ $name }」と表示されます。
near-who = 見つかりました: { $name }
near-nobody = まだ誰も見つかりません。
near-again = もう一度探す

friend = 友だち
fee-move = これを譲り受けるには料金がかかります: { $fare }
fee-move-free = 無料で譲り受けられます。
fee-move-yes = 同意して{ $fare }で譲り受ける
fee-move-no = 譲り受けない
fee-yes-free = 同意してコピーする
fee-publisher = 料金は{ $publisher }のものになります。
fee-from-date = { $giver }さんは{ $date }に購入しました。料金は{ $publisher }のものになります。
fee-by-giver = 発行元の決まりにより、この料金は友だちのカードが届けます。
fee-rides-some = { $giver }さんのカードから、ほかに{ $n }件の料金を引き継ぎます。
fee-deeper = さらにコピーできる世代
fee-generation = 世代
fee-genuine = 本物
fee-card = 相手のカード
fee-pin = 暗証番号
fee-tries = 残り{ $n }回
fee-question = { $fare }はどこへ行きますか?
fee-until = 有効期限
fee-purse-name = 電子マネー残高
fee-escrow-name = カードの預かり料金
fee-then = { $before }、コピー後 { $after }
fee-refused = 何も変わっていません。

way = 受け渡しの途中
way-none = 受け渡しの途中のものはありません。
way-lead = ほかのカードとの間で終わっていないものです。ここにあるお金は、失われても使われてもいません。
way-since = 開始
way-with = 相手
way-who = 終わらせられるのは
way-who-cards = 2枚のカードがもう一度出会ったとき、または両方がネットに接続したあとの発行会社
way-continue = 続ける
way-meet = { $name }と続ける
way-met = { $n ->
    [0] { $name }との間に途中のものはありませんでした。
   *[other] { $n }件の受け渡しが完了しました。
  }
way-online = ネットに接続する
way-given = { $title }を渡しましたが、届いたという返事がまだありません。もう一度鍵を見せるか、ネットに接続してください。

escrow = 預かり料金
escrow-none = カードが預かっている料金はありません。
escrow-why-head = なぜ使えないのですか?
escrow-send = いますぐ届ける
escrow-offline = ネットに接続すると自動で届きます。
escrow-for = { $publisher }への料金
escrow-works = { $title }の料金{ $n }件
escrow-work-gone = このカードにもうない作品
escrow-going = { $sum }を届けている途中です。
escrow-sent-list = 起動してから届けたもの
escrow-rebate = お礼に{ $sum }が届きました: { $label }
escrow-stays = しばらくカードに残ります: { $why }

hand-moment = { $day } { $time }

# ロック付きコピー
hand-as-locked = ロック付きコピーを無料で渡す(友だちが{ $fee }で解除。あなたの分は残ります)
lock-lead = どちらにも料金はかかりません。1枚のカードのために作るので、まず友だちのカードを教えてもらいます。
lock-how = 友だちが「受け取る」を開いて、希望を見せます。
lock-shut = このコピーは無料で、ロックされた状態で届きます。解除には{ $fare }かかります。
lock-now = 今払う料金
lock-later = 解除の料金
lock-where = 解除するところ
lock-why = 残高は変わりません。ロックしたまま置いておくことも、ロックしたまま渡すことも、好きなときに解除することもできます。
lock-home = 解除の料金は{ $publisher }のものです。
lock-yes = 無料で受け取る
lock-no = 受け取らない
lock-done = { $title }がロックされた状態でカードに入りました。いつでも解除できます。
wish-head = ロック付きコピー
wish-what = 今は無料で、あとから料金を払って解除します。友だちに希望を見せてください。カードの使い捨ての番号だけが入り、名前は入りません。
wish-show = 希望を見せる
wish-here = 友だちがロック付きコピーを希望しています
wish-which = どの作品にしますか? あなたは何も払わず、あなたの分は残ります。
wish-none = ロック付きで渡せるライセンスがありません。
wish-make = ロック付きコピーを作る
show-wish = この希望を友だちに読み取ってもらってください
show-wish-what = あなたのカードの使い捨ての番号が入っています。料金はかかりません。これで作られたものは、あなたのカードにしか使えません。
show-locked = ロック付きコピーを友だちに読み取ってもらってください
show-locked-what = 希望したカードだけが使えます。無料で、何度見せてもかまいません。
take-wish = 友だちの希望を受け取る
take-locked = ロック付きコピーを受け取る
step-wish = 希望を見せる
step-take-locked = コピーを受け取って、同意する
step-wished = 希望を受け取る
step-locked = ロック付きコピーを見せる
unlock = { $fare }で解除する
unlock-not = 今はしない
unlock-part = 最初の{ $share }まで再生できます。解除すると最後まで再生できます。
unlock-shut = ロックされています。解除すると最後まで再生できます。
unlock-order = どちらを先にしますか?
unlock-pay-first = 払ってから解除する
unlock-first = 解除してから払う
unlock-next = 次はあなたのカードの画面です。料金を示し、暗証番号を聞きます。それまでは何も払いません。
show-passed-locked = { $name }に渡りました。受け取るかどうかは友だちが決めます。

reader = カードリーダー
reader-lead = お店の端末やほかの人のパソコンは、カードリーダーを通してあなたのカードを使います。相手の画面に何が表示されても、あなたのカードが支払う内容はここに表示され、それ以外は支払いません。
reader-none = カードはどのリーダーにも入っていません。次のように始めると、ウォレットがカードを入れます:
reader-in = カードはリーダー { $reader } に入っています。
reader-out = カードはリーダー { $reader } から出ています。失われたものはありません。途中のものは、もう一度入れるか、ネットに接続すると続きます。
reader-quiet = いまは何も求められていません。求められると、この画面に表示されます。
reader-look = いま確かめる
reader-asks = 端末があなたのカードに{ $title }の{ $sum }を求めています。同意する前に内容を確かめてください。
reader-agreed = { $title }の{ $sum }に同意しました。
reader-once = 端末はこの内容だけを1回だけ進められます。それまでは同意を取り消せます。
reader-back = 同意を取り消す
