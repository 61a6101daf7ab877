# ウォレットの画面: カード、ライブラリ、お金、設定。

wallet = ウォレット
wallet-card = カード
wallet-library = ライブラリ
wallet-history = 履歴
wallet-settings = 設定
wallet-values = クーポンとポイント
wallet-limits = 上限と暗証番号
wallet-log = 再生記録
wallet-ask = サポートに相談
wallet-software = ソフトウェアカードについて
wallet-back = カードに戻る
wallet-pin = カードの暗証番号
wallet-tries = あと{ $n }回入力できます。
wallet-nothing = 何も変わっていません。
wallet-until = 有効期限
wallet-own-page = これはあなたのカードの画面です。上の合言葉はあなたのカードだけが知っています。違っていたり表示されないときは、暗証番号を入力せず、この画面を閉じてください。

no-title = 何も変わっていません。
no-code = コード: { $code }

home-purse = 電子マネー残高
home-yours = 自由に使えるお金です
home-contact = 発行会社との最後の接続: { $when }
home-contact-never = このカードはまだ発行会社に接続していません。自動で接続します。
home-payments = { $n ->
    [0] 一度ネットに接続するまで支払いはできません。
   *[other] 次の接続まで、あと{ $n }回支払えます。
  }
home-escrow-none = 預かっている料金はありません。
home-escrow-see = 内訳を見る
home-empty-purse = 使えるお金はありません。無料の作品や、もらった作品にはお金はいりません。
home-newest = ライブラリの新着
home-all = ライセンス{ $n }件をすべて見る
home-places = { $room }件中{ $used }件を使用
home-full = カードがいっぱいです。次に購入する前に、不要なライセンスを1つ削除してください。空きができるまで支払いは行われません。
home-put-back = このカードは控えから戻されたものです。再生はできますが、一度ネットに接続するまで取引はできません。
home-frozen = このカードは以前の写しのため、取引ができません。再生はできます。遅れて届く支払いがそろうと発行会社が再開します。お金は失われません。
home-silent = 発行会社との接続が長くありません。再生は続けられます。支払いの前に一度ネットに接続してください。お金は失われません。
home-card-here = カード{ $card }、このパソコンのソフトウェアカード
home-card-tpm = カード{ $card }、このパソコンのTPMに結び付いたソフトウェアカード
home-card-new = このパソコンのソフトウェアカード(発行会社への登録前)

way-load = { $sum }のチャージは手続きの途中です。カードが発行会社の返事を待っています。同じ番号で自動的に問い合わせます。
way-out = { $sum }の払い戻しは手続きの途中です。同じ番号で自動的に問い合わせるので、払い戻しは1回だけです。
way-surrender = { $title }を販売者に返し、{ $sum }を受け取る手続きの途中です。同じ番号で自動的に問い合わせます。
way-unlock = { $title }の解除料金{ $sum }は手続きの途中です。同じ番号で自動的に問い合わせるので、支払いは1回だけです。
way-again = いま問い合わせる

lib-empty = ライセンスはまだありません。
lib-empty-do = お店で作品を選ぶと、このカードに確認が届きます。友だちからコピーを受け取ることもできます。
lib-found = { $n ->
    [0] 「{ $query }」は見つかりませんでした。
   *[other] 「{ $query }」のライセンス{ $n }件
  }
lib-search = 検索
lib-search-label = 作品名または発行元
lib-show-all = すべて表示
lib-unlimited = 再生回数の制限なし
lib-plays = 残り{ $left }回(全{ $all }回)
lib-period = 最初の再生から{ $span }
lib-until = { $day }まで再生できます
lib-part = 最初の{ $share }まで再生できます
lib-serial = 限定{ $of }点のうち{ $n }番
lib-bound = 専用のプレーヤーとドライブでだけ再生できます
lib-cost = { $day }に{ $sum }で入手しました。
lib-cost-none = { $day }に無料で入手しました。
lib-again = { $day }まで{ $sum }でもう一度入手できます。
lib-again-not = 販売期間が{ $day }に終わったため、同じ条件では入手できません。
lib-again-edition = 番号付きの限定版なので、同じものは入手できません。
lib-missing = ライセンスはありますが、ファイルがありません。同じファイルならどのコピーでも使えます。
lib-newer = 新しい版があります。このライセンスで開けます
lib-coming = ファイルを取得しています。
lib-coming-part = ファイルを取得しています: { $percent }
lib-play = 再生
lib-license = ライセンス
lib-of = : { $title }
lib-get = ファイルを取得
lib-unlock = { $fare }で解除
lib-stays = このカードから渡せません
lib-copies-left = コピーはあと{ $n }回

lic-may = できること
lic-plays = 再生
lic-ends = 終了
lic-period = 期間
lic-period-from = 最初の再生から{ $span }
lic-share = 再生できる範囲
lic-share-all = すべて
lic-handing = 渡すとき
lic-copy = 友だちは{ $fare }で自分のライセンスを持てます。
lic-copy-free = 友だちは無料で自分のライセンスを持てます。
lic-copy-deeper = { $n ->
    [0] そのコピーからはコピーできません。
   *[other] そのコピーからは、あと{ $n }世代までコピーできます。
  }
lic-copy-end = 最後の世代のため、これ以上コピーできません。
lic-copy-left = { $n ->
    [0] 発行元が認めた数のコピーをすべて作りました。
   *[other] コピーはあと{ $n }回作れます。
  }
lic-move = { $fare }で譲れます。譲ったあとは、ここでは再生できません。
lic-move-free = 無料で譲れます。譲ったあとは、ここでは再生できません。
lic-none = このカードから渡すことはできません。
lic-from = どこから来たか
lic-from-shop = { $day }に{ $seller }から{ $price }で購入しました。
lic-from-gift = { $day }に{ $seller }から無料で受け取りました。
lic-from-friend = { $day }に友だちのカードから、{ $price }の料金で受け取りました。最初に販売したのは{ $seller }です。
lic-from-friend-free = { $day }に友だちのカードから、無料で受け取りました。最初に販売したのは{ $seller }です。
lic-receipt = 領収書を見る
lic-shop = { $seller }で見る
lic-again = { $seller }でもう一度入手する
lic-publisher = 発行元
lic-seller = 販売者
lic-generation = 世代
lic-generation-of = { $n ->
    [0] 0(購入したもの)
   *[other] { $n }(全{ $of }世代)
  }
lic-serial = 限定版の番号
lic-happened = これまでの動き
lic-happened-none = 届いてから動きはありません。
lic-file = ファイル
lic-newer = { $day }の新しい版があります
lic-newer-what = { $title }、{ $size }。発行元の署名を確認しました。お持ちのライセンスで追加料金なしに開けます。購入した版はそのまま残り、再生できます。
lic-newer-get = 新しい版を取得
lic-newer-coming = { $day }の新しい版を取得しています。届いた部分はもう再生できます。
lic-newer-here = { $day }の版がここにあります。「再生」で開きます。
lic-newer-sold = 購入した版を再生
lic-file-here = ファイルはここにあります({ $size })。
lic-refund = 返して払い戻しを受ける
lic-refund-none = この作品は払い戻しの対象ではありません。
lic-refund-ends = { $day }までは、支払った額の{ $share }が戻ります。
lic-refund-over = 返せる期間は{ $day }に終わりました。
lic-refund-unplayed = 一度も再生していない場合に限ります。
lic-refund-gone = 再生済みのため、返せません。
lic-delete = このライセンスを削除する
lic-delete-sure = 削除しても払い戻しはなく、元に戻せません。ファイルは残り、別のライセンスで開けます。
lic-details = くわしい情報
lic-signed = 署名
lic-signed-yes = 商品、条件、すべてのつながりをこのカードで確認済み
lic-signed-no = 書類が有効ではなくなりました。販売者に再発行を依頼してください
lic-number = ライセンス番号
lic-content = 作品番号
lic-file-name = 開けるファイル
lic-key = 鍵
lic-version = このライセンスは、この鍵で封印された、この作品のすべてのファイルを開けます。

conf-title = カードで確認
conf-back-ask = { $title }を返して{ $sum }を受け取りますか?
conf-back-yes = 返す
conf-back-no = 返さない
conf-back-once = 2回押しても返すのは1回です。通信が切れても、返したかどうかはカードに残ります。
conf-free-ask = { $seller }から{ $title }を無料で受け取りますか?
conf-free-yes = 受け取る
conf-free-no = 受け取らない
conf-unlock-ask = { $price }で{ $title }のロックを解除しますか?
conf-unlock-yes = { $price }で解除する
conf-unlock-no = 今はしない
conf-seller = 販売者
conf-centre = 解除する窓口
conf-checked = 署名を確認済み
conf-publisher = 発行元
conf-from = 支払い元
conf-from-purse = 電子マネー残高 { $balance }
conf-after = 支払い後の残高
conf-purse-now = いまの残高
conf-with = 支払い方法
conf-with-value = { $kind ->
    [coupon] クーポン
    [ticket] チケット
    [cheque] 商品券
    [prepaid] プリペイドコード
    [points] ポイント
    [receipt] 支払い済みの控え
   *[other-kind] 引換券
  }「{ $label }」
conf-with-rest = { $value }と、残高から{ $rest }
conf-learns = 販売者に伝わるもの
conf-learns-what = この販売者だけが使うカード番号。お名前は伝わりません。
conf-terms = 内容
conf-rebate = 料金を届けたとき
conf-rebate-money = { $path ->
    [shop] カードの料金をお店で届けると
    [kiosk] キオスクで届けると
    [atm-before] ATMで手続きの前に届けると
    [atm-after] ATMで届けると
    [application] カードのほかの利用とともに届けると
   *[other] カードがオンラインのとき
  }、料金ごとに{ $share }(最大{ $most })が戻ります: { $label }
conf-rebate-coupon = { $path ->
    [shop] カードの料金をお店で届けると
    [kiosk] キオスクで届けると
    [atm-before] ATMで手続きの前に届けると
    [atm-after] ATMで届けると
    [application] カードのほかの利用とともに届けると
   *[other] カードがオンラインのとき
  }、料金ごとに{ $share }分(最大{ $most })のクーポンがもらえます: { $label }
conf-refund = 払い戻し
conf-until = 有効期限
conf-another = 別の方法で支払う
conf-way-purse = 残高から{ $sum }
conf-way-value = { $value }: お支払いは{ $rest }
conf-choose = これを使う
conf-first = 先に支払って、あとで受け取ることもできます。カードに領収証が届き、このお店で1回、お金なしで作品と引き換えられます。
conf-first-do = 先に支払う
conf-first-once = いま届くのは領収証で、作品ではありません。このお店で1回、作品と引き換えられます。2回押しても支払いは1回です。
conf-blocked = 暗証番号を3回まちがえたため、ロックされています。何も変わっていません。復旧コードでカードのロックを解除してから、お店でもう一度始めてください。
conf-unblock = カードのロックを解除する
conf-wrong = 暗証番号が違います。あと{ $n }回入力できます。何も変わっていません。
conf-short = 残高が{ $missing }足りません(残高{ $balance })。何も変わっていません。
conf-changed = 販売者が金額を{ $offered }から{ $asked }に変更しました。何も支払われていません。お店からやり直してください。
conf-short-escrow = 預かり料金{ $escrow }は使えません。
conf-two = { $one }{ $two }
conf-own-limit = { $amount }は、あなたが決めた1回の上限{ $limit }を超えています。何も変わっていません。
conf-own-day = { $amount }を支払うと、あなたが決めた24時間の上限{ $limit }を超えます(すでに{ $spent }を使用)。何も変わっていません。
conf-limit = { $amount }は、発行会社が決めた1回の上限{ $limit }を超えています。何も変わっていません。
conf-balance = 残高の上限は{ $limit }です。これを受け取ると{ $would }になります。
conf-credit = この支払いをすると未払いが{ $would }になり、上限の{ $limit }を超えます。支払いが済むのを待つか、電子マネーで支払ってください。
conf-centre-limit = { $sum }は、今ここでチャージできる額を超えています。小さい金額を選んでください。
conf-load = { $sum }をチャージする
conf-limits = 上限を見る
conf-way-on = 途中のものを見る
conf-make-room = 削除するものを選ぶ
conf-own = これはあなたのカードの画面です。上の合言葉はあなたのカードだけが知っています。違っていたり表示されないときは、暗証番号を入力せず「{ $no }」を選んでください。
conf-asking = 販売者に問い合わせています。まだ何も支払われていません。
conf-slow = 販売者からまだ返事がありません。販売者の応答が遅いか、通信が切れている可能性があります。
conf-stopped = 中止しました。何にも同意しておらず、何も変わっていません。もう一度購入するには、お店に戻ってください。
conf-asking-title = カードに問い合わせ中
conf-where = 再生できる機器
conf-where-what = 何も選ばなければ、貸した機器のどれでも再生できます。選んだ内容は販売元がライセンスに書き込み、後から変えられません。
conf-where-here = このウォレットが応答している間だけ、機器で再生できます
conf-where-on = { $player }（ほかにここで選ぶ機器があればそれも）だけで再生できます
conf-needs-script = リンクの商品を読み取るには、この画面の小さなスクリプトが必要です。まだ何も支払われていません。
conf-nothing = 商品の書かれていないリンクから開かれました。お店からもう一度始めてください。何も支払われていません。

deal-title = お支払い
deal-asking = { $seller }に問い合わせています…
deal-asking-what = 支払いはカードに記録されています。この画面は自動で更新されます。閉じてもかまいません。
deal-done = 完了しました。
deal-loaded = { $sum }を残高に加えました。
deal-out = { $sum }を口座に払い戻しました。
deal-back = 返しました。{ $sum }が残高に戻ります。
deal-cleared = { $sum }を支払いました。{ $title }は再生できます。
deal-unlocked = 解除しました。{ $title }を最後まで再生できます。
deal-receipt = 領収書 { $number }
deal-pickup = 自動販売機で尋ねられたら、番号は{ $code }です。
deal-returned = 終了しました。すべて元に戻っています。
deal-returned-why = 何も渡されなかったため、{ $sum }を残高に戻しました。
deal-returned-none = 何も渡されず、何も支払われていません。
deal-frozen = このカードは以前の写しであることがわかりました。発行会社が再開するまで取引はできません。お金は失われません。
deal-soon = { $title }を再生

money-load = チャージする
money-out = 払い戻す
money-load-lead = 発行会社に登録された口座から、残高に移します。残高は減らないので、暗証番号はいりません。
money-out-lead = 残高から、発行会社に登録された口座に移します。
money-amount = 金額({ $currency })
money-quick = { $sum }をチャージ
money-all = 全額 { $sum }
money-room = 残高の上限は{ $max }です。あと{ $room }入れられます。
money-once = 2回押しても、移すのは1回です。
money-opens = このカードにはまだ口座がありません。開発用レルムでは、チャージのときに銀行が仮のお金の入った口座を開きます。
money-empty = 残高がないため、払い戻すものがありません。
money-no-amount = { $currency }の金額を、{ $like }のように入力してください。

hist-empty = まだ動きはありません。
hist-none = 該当するものはありません。
hist-lead = このカードのすべての動きです。記録はこのカードの中だけにあります。
hist-save = ファイルに保存
hist-search = 絞り込む
hist-label = 作品名または相手
hist-all = すべて
hist-money = お金
hist-works = 作品
hist-plays = 再生
hist-show = 表示
hist-when = 日時
hist-what = 内容
hist-with = 相手
hist-receipt = 領収書
hist-amount = 金額
hist-table = 動き(新しい順)
hist-more = これより古い{ $n }件はファイルで見られます。
hist-did = { $what ->
    [load-asked] チャージを依頼
    [load-given] チャージ
    [load-back] チャージされず
    [out-sent] 払い戻しを依頼
    [out-given] 払い戻し
    [out-back] 払い戻されず、残高に戻る
    [back-sent] 返品
    [back-given] 払い戻しを受け取り
    [back-back] 返品されず
    [sale-paid] 支払い
    [sale-given] 到着
    [sale-back] 渡されず、戻る
    [copy-paid] 料金を取り分け
    [copy-given] 友だちから到着
    [copy-back] 鍵が送られず、料金が戻る
    [unlock-paid] 解除料金の支払い
    [unlock-given] 解除
    [unlock-back] 解除されず、料金が戻る
    [home-sent] 料金を発行元へ発送
    [home-given] 料金が発行元に到着
    [home-back] 料金はカードに残る
    [played] 再生
    [deleted] 削除
    [frozen] 以前の写しと判明
    [resumed] 発行会社が再開
    [mended] 販売者が修復
    [gave-move] 譲渡
    [gave] コピーを渡す
    [locked] ロック付きコピーが到着
    [contradicted] 食い違う2つの返事
    [charge-paid] 通信会社が支払いました
    [charge-refused] 通信会社は支払いませんでした
    [value-came] クーポンやバウチャーを受け取り
    [value-spent] この支払いに使用
    [value-dropped] クーポンやバウチャーを破棄
    [recovered] なくしたカードから引き継ぎ
    [stopped] 紛失により停止
   *[something] 動き
  }

val-empty = まだ何もありません。
val-empty-do = お店や友だちから届いたクーポン、チケット、ポイントなどがここに並び、支払いのときに使えます。
val-lead = お金ではないけれど価値のあるものです。使うかどうかは支払いのたびに選べます。
val-kind = { $kind ->
    [coupon] クーポン
    [ticket] チケット
    [cheque] 商品券
    [prepaid] プリペイドコード
    [points] ポイント
    [refund] 払い戻し
    [receipt] 支払い済みの控え
    [account] 口座
   *[other-kind] 引換券
  }
val-what = { $kind ->
    [coupon] 価格から{ $worth }まで割り引きます。
    [ticket] 金額にかかわらず、1つの支払いに使えます。
    [cheque] { $worth }分。まるごと使います。
    [prepaid] { $worth }分。まるごと使います。
    [points] { $worth }分。まるごと使います。
    [refund] あなたが受け取る{ $worth }です。ネットに接続すると残高に入ります。
    [receipt] 支払い済みです。1つの商品と1回だけ引き換えられます。
    [account] チャージ元の口座を示します。使ってもなくなりません。
   *[other-kind] { $worth }分です。
  }
val-from = { $maker }が発行
val-until = { $day }まで
val-ended = { $day }に終了
val-one = 特定の商品専用
val-drop = 破棄する
val-drop-sure = 破棄しても払い戻しはなく、元に戻せません。
val-take = コードをもらったとき
val-code = コード
val-code-hint = 用紙の英数字16文字、またはQRコードの文字。ハイフンや小文字はそのままでかまいません。
val-shop = どのお店のコードか
val-take-do = このカードに受け取る
val-came = 「{ $label }」をこのカードに受け取りました。1つのコードは1回だけ使えます。
val-use = 支払いのとき、販売者が受け付ける場合にカードの画面で選べます。

lim-lead = このカードで使える金額の上限です。あなたの上限は、発行会社の上限の範囲で働きます。
lim-yours = あなたの上限
lim-yours-what = 暗証番号を知られてしまっても、これより多くは使われません。空欄にすると発行会社の上限になります。
lim-one = 1回の支払い
lim-day = 24時間
lim-spent = この24時間に使った額
lim-left = いま使えるのはあと{ $sum }です。
lim-issuer = 発行会社の上限
lim-balance = 残高の上限
lim-one-max = 1回の支払いの上限
lim-payments = 接続するまでに支払える回数
lim-silence = 接続なしで使える期間
lim-save = 上限を保存
lim-saved = 保存しました。この瞬間から、ネットがなくても有効です。
lim-none = 設定なし
lim-above = 1回の支払いの上限は{ $max }までです(発行会社の上限)。
lim-pin = 暗証番号の変更
lim-pin-old = いまの暗証番号
lim-pin-new = 新しい暗証番号(4桁から12桁の数字)
lim-pin-again = 新しい暗証番号(もう一度)
lim-pin-change = 暗証番号を変更
lim-pin-changed = 暗証番号を変更しました。
lim-unblock = 復旧コードでロックを解除
lim-unblock-what = 暗証番号を3回まちがえると、支払いができなくなります。カードを作ったときに表示された復旧コードで、新しい暗証番号を決められます。
lim-code = 復旧コード
lim-unblock-do = 新しい暗証番号にする
lim-unblocked = ロックを解除し、新しい暗証番号にしました。
lim-blocked = 暗証番号がロックされています。再生は続けられますが、復旧コードで解除するまで支払いはできません。

set-language = 言語
set-card = このカード
set-words = 合言葉
set-words-what = 支払いの画面に必ず表示されます。あなたのカードだけが知っています。
set-number = カード番号
set-realm = レルム
set-issuer = 発行会社
set-kind = 種類
set-kind-file = ソフトウェアカード(封印されたファイル)
set-kind-tpm = ソフトウェアカード(このパソコンのTPMに結び付け)
set-keys = 鍵の保管方法
set-keys-what = どちらの場合も、カード自身の鍵で封印されます。
set-keys-came = 届いたまま: 再生中だけ開きます
set-keys-opened = 届いたときに開く: 再生が少し早く始まります
set-relay = ネットワークアドレス
set-relay-what = Tor などの中継を選ぶと、販売者にはあなたの代わりに中継のアドレスが見えます。選んだ後は、ほかの経路を使いません。
set-relay-field = 中継 (空欄なら使わない)
set-near = 近くのショップ
set-near-what = 同じローカルネットワークにあるショップへは、インターネットなしで届きます。このウォレットは聞くだけで、ショップの言うことはいつもと同じように確かめます。
set-near-on = 近くのショップを探す
set-near-off = 探すのをやめる
set-near-none = まだ見つかりません。しばらくしてからこのページを開き直してください。
set-keep = この方法にする
set-more = そのほか
set-none = まだありません
set-values-what = お金ではないけれど価値のあるもの。
set-limits-what = 使える金額の上限、暗証番号、ロックの解除。
set-reader-what = カードリーダーのある端末がカードに求めていることと、その同意。
set-log-what = 不具合を調べるための再生の記録。あなたが送るまでここにあります。
set-help-what = 発行元のサポート窓口が、うまくいかないことを調べます。
set-software-what = ソフトウェアカードが守れるもの、守れないもの。

first-title = カードを作る
first-lead = カードには鍵とお金が入ります。このパソコンで数秒で作れます。お名前もメールもアカウントもいりません。
first-pin = 暗証番号を決める(4桁から12桁の数字)
first-pin-what = 支払いのたびに入力します。誰にも調べられません。
first-again = 同じ暗証番号をもう一度
first-code = コード
first-code-what = ウォレットの起動時に表示されたアドレスの # の後ろにあります。
first-make = カードを作る
first-differ = 2つの暗証番号が違います。まだ何も作られていません。
first-code-unknown = このコードは無効か、使用済みです。まだ何も作られていません。ウォレットを起動し直すと新しいコードが表示されます。
first-honest = ソフトウェアカードとは何か、何ではないか
first-born = カードができました。
first-words = カードの合言葉です。支払いの画面に必ず表示されます。あなたのカードだけが知っています:
first-recovery = 復旧コード(表示は今回だけです)
first-recovery-what = 書き写して、このパソコンとは別の場所に保管してください。暗証番号を3回まちがえたときに必要です。このコードがないと誰にも解除できません。
first-go = 書き写しました
first-cannot = このパソコンでは、ここにカードを作れません。

door-title = ウォレットを開く
door-code = コード
door-open = 開く
door-how = ウォレットの起動時に表示されたコードを入力してください。アドレスの # の後ろにあります。1つのコードで開けるブラウザーは1つです。ウォレットを起動し直すと新しいコードが表示されます。
door-unknown = このコードは無効か、使用済みです。何も変わっていません。

soft-title = ソフトウェアカードとは
soft-lead = 何を入れておくか決められるように、正直に説明します。
soft-what = 仕組み
soft-what-text = このパソコンの封印されたファイルと、規則を守るプログラムです。決めたことは伝える前に書き込み、支払いは1回だけ行い、料金と引き換えにだけ渡し、暗証番号を確かめます。
soft-safe = 守れること
soft-safe-text = このパソコンのほかの利用者は読めず、ウェブページは手を出せず、販売者に伝わるのはお名前ではなく番号です。途中で切れた支払いは最後まで行われ、二重に支払うことはありません。
soft-not = 守れないこと
soft-not-text = このパソコンを管理する人はファイルを写せます。丸ごと盗んだ人は、短い暗証番号なら数時間で推測できます。暗証番号を長くすると大きな助けになります。入力を盗み見るプログラムには勝てません。
soft-limits = 失うかもしれない額
soft-limits-text = 上限を超えることはありません。残高は{ $balance }まで、1回の支払いは{ $one }までです。以前の写しは次の接続で見つかり、発行会社が確かめるまで取引できません。
soft-limits-none = 発行会社がソフトウェアカードに定めた上限を超えることはありません。以前の写しは次の接続で見つかり、発行会社が確かめるまで取引できません。
soft-tpm = このカードはこのパソコンのTPMに結び付いています。ほかの場所では開かず、以前の写しはすぐに見つかります。
soft-no-tpm = このカードはTPMに結び付いていません。TPMのあるパソコンで新しく作ると、そのパソコン以外では開かないカードにできます。
soft-smart = ICカードを使う
soft-smart-text = カードリーダーのICカードは、同じ規則を自分のチップの中で守ります。写すことができず、暗証番号も推測できません。そのぶん上限も高くなります。

ask-lead = 発行元のサポート窓口は、再生の記録を調べ、不具合で失われたものを修復できます。送る前に、内容をすべて確認できます。
ask-work = どの作品ですか
ask-choose = 選んでください
ask-other = カードにない場合は作品名
ask-wrong = 何が起きましたか
ask-as-log = 記録のとおり
ask-trouble = { $trouble ->
    [no-answer] 支払いの途中のまま、返事が来ない
    [key] ライセンスはあるのに開かない
    [lost] 購入したライセンスがカードからなくなった
    [package] ファイルがないか、壊れている
    [counted] 再生していないのに回数が減った
   *[else] そのほか
  }
ask-words = 自由に書いてください
ask-words-what = 人が読みます。お名前は書かないでください。
ask-show = 送る内容を見る
ask-sent = 送ったもの
ask-send-title = { $desk }に送りますか?
ask-send-lead = まだ何も送っていません。送る内容はこれですべてです:
ask-said = プレーヤーの表示
ask-also = あわせて問い合わせる相手
ask-also-what = { $seller }に、購入についての決定を尋ねます。返事を開けるのはあなたのカードだけです。
ask-log = この発行元の作品の再生記録
ask-log-none = 記録はありません。
ask-private = あなたの名前、どのカードか、ほかに何を再生しているかは含まれません。
ask-send = 送る
ask-not = 送らない
ask-with = { $title }についての相談
ask-stage = { $stage ->
    [repaired] 修復しました。
    [answered] { $desk }から返事がありました。
    [looking] { $desk }が調べています。
   *[waits] 送信の途中です。ここに書き留めてあり、もう一度送れます。
  }
ask-notes = 送った記録の数
ask-again = もう一度問い合わせる
ask-again-what = 同じ内容を送り、同じ返事を受け取ります。
ask-english = 窓口の言葉(英語)

log-step = { $step ->
    [began] 開始
    [continued] 続きから
    [asked] 要求
    [played] 再生
    [refused] 拒否
    [stopped] 自動停止
    [handed-out] ファイルとして取り出し
   *[ended] 終了
  }
log-more = { $what } { $more }
