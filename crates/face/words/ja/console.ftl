# 発行元のコンソール

console-name = コンソール
console-foot = 金額は税込みです。表示される数字はすべてショップの帳簿によるものです。
console-home = 概要
console-works = 作品
console-sales = 販売
console-payouts = 支払い
console-people = メンバー
console-keys = APIキー
console-keys-lead = キーがあれば、自分のプログラムで売上を読めます。変更はできず、ほかの出版者のものも見えません。
console-keys-all = キー
console-keys-none = キーはまだありません。売上はこのページでだけ見られます。
console-keys-since = { $day }から。
console-keys-used = 最終使用{ $day }。
console-keys-unused = 未使用。
console-keys-until = 新しいキーに替わりました。{ $day }{ $clock }（UTC）までは使えます。
console-keys-new = このキーを今控えてください。二度と表示されません。
console-keys-new-beside = 新しいキーを今控えてください。二度と表示されません。古いキーは{ $day }{ $clock }（UTC）まで使えます。
console-keys-make = キーを作る
console-keys-name = 名前
console-keys-name-hint = 何が使うか。例：「会計」
console-keys-rotate = 交換
console-keys-rotate-of = { $name }の新しいキー。古いキーは一日使えます
console-keys-end = 廃止
console-keys-end-of = { $name }をすぐに廃止
console-keys-use = プログラムでの使い方
console-keys-use-text = 期間を指定して売上をJSONかCSVで読みます。キーはBearerトークンとして送ります。
console-hooks = Webhook
console-hooks-lead = 作品が売れたとき、返品されたとき、支払いが終わったときに、自分のプログラムへ知らせます。購入者については、売上のページに出るもの以上は伝えません。
console-hooks-all = アドレス
console-hooks-none = アドレスはまだありません。どこにも知らせません。
console-hooks-since = { $day }から。
console-hooks-both = { $day }{ $clock }（UTC）までは、古いシークレットでも署名します。
console-hooks-new = このシークレットを今控えてください。二度と表示されません。このアドレスへの通知はこれで署名します。
console-hooks-new-beside = 新しいシークレットを今控えてください。二度と表示されません。{ $day }{ $clock }（UTC）までは、両方で署名します。
console-hooks-sent = テスト通知を送っています。結果は、少し後にこのページを読み直すと見られます。
console-hooks-latest = 最近の通知
console-hooks-quiet = まだ何も知らせていません。
console-hooks-at = { $day }{ $clock }（UTC）
console-hooks-about = { $event ->
    [sale-made] 販売
    [sale-refunded] 返品
    [payout-paid] 支払い完了
    [payout-returned] 支払い差し戻し
   *[test] テスト
  }
console-hooks-waiting = 送信待ち。
console-hooks-again = { $tries }回届きませんでした。次は{ $day }{ $clock }（UTC）に送ります。
console-hooks-heard = { $day }{ $clock }（UTC）に届きました。
console-hooks-given-up = { $tries }回送ってやめました。
console-hooks-answer = 応答: { $status }。
console-hooks-no-answer = 応答なし。
console-hooks-test = テスト通知を送る
console-hooks-test-of = { $address }へ
console-hooks-roll = シークレットを交換
console-hooks-roll-of = { $address }のシークレット。古いものは一日使えます
console-hooks-remove = 削除
console-hooks-remove-of = { $address }と、まだ届いていない通知
console-hooks-add = アドレスを追加
console-hooks-address = アドレス
console-hooks-address-hint = https://で始まるもの。通知はJSONとしてPOSTします。200から299の応答で、届いたものとします。
console-hooks-use = プログラムがすること
console-hooks-use-text = Standard Webhooksの仕様どおりに署名を確かめ、5秒以内に応答します。同じIDの通知は、同じものとして扱います。届かない通知は、間隔を広げながら3日間送り直します。「410 Gone」と応答すると、すぐにやめます。
console-settings = 設定
console-sign-out = サインアウト

console-enter = サインイン
console-enter-lead = ここで発行する方のための画面です。購入にアカウントは要りません。
console-enter-key = パスキーでサインイン
console-enter-key-why = 入力は不要です。ほかの人が何度試しても待たされません。
console-enter-or = パスワードでサインイン
console-user = 名前
console-password = パスワード
console-enter-do = サインイン
console-no-match = 名前とパスワードが一致しません。
console-no-match-text = 何も変わっていません。両方を確かめるか、パスキーを使ってください。
console-slow = ここからの試行が多すぎます。
console-slow-text = 次は{ $time }以降に受け付けます。パスキーと、以前サインインしたブラウザーは待つ必要がありません。
console-use-name-address = パスキーには名前のアドレスが必要です。{ $link } で開いてください。
console-no-script = パスキーにはこの画面のスクリプトが必要です。パスワードには要りません。
console-failed = { $n ->
   *[other] 前回のサインインのあと、あなたの名前での試行が{ $n }回失敗しました。最後は{ $time }です。
  }
console-failed-text = 心当たりがなくても、失われたものはありません。パスキーは推測されません。設定でパスキーを追加し、パスワードを外すことができます。
console-second = あと一つの確認
console-second-lead = パスキーで確認するか、回復コードを一つ入力してください。
console-second-key = パスキーで確認
console-code = 回復コード
console-code-do = このコードを使う
console-code-no = このコードはあなたのものではないか、使用済みです。
console-again = ご本人の確認
console-again-lead = お金やメンバーに関わる操作なので、もう一度確認します。5分間は再確認しません。
console-again-do = 確認する
console-ended = サインアウトしています。続けるにはもう一度サインインしてください。

console-invited = { $publisher }へようこそ
console-invited-role = { $role ->
    [owner] オーナーとして招待されました。作品、お金、メンバーを扱えます。
    [editor] 編集者として招待されました。作品を扱えます。
    [accountant] 経理担当として招待されました。販売、明細、支払いを扱えます。
   *[operator] このショップの運営者として招待されました。発行元を招待しますが、その数字は見えません。
  }
console-invited-name = サインインに使う名前を決めてください
console-invited-key = パスキーで受け取る
console-invited-password = または、パスワードを決める
console-invited-do = このパスワードで受け取る
console-invited-gone = この招待は使用済みか、期限が切れています。
console-invited-gone-text = 招待は7日以内に一度だけ使えます。招待した方に、もう一度お願いしてください。
console-password-rule = 10文字以上。ふつう並べて言わない言葉をいくつかつなげるとよいでしょう。

console-role = { $role ->
    [owner] オーナー
    [editor] 編集者
    [accountant] 経理担当
   *[operator] 運営者
  }
console-role-text = { $role ->
    [owner] 作品、お金、メンバー
    [editor] 作品
    [accountant] 販売、明細、支払い
   *[operator] 発行元の招待
  }

console-choose = 発行元を選ぶ
console-none = ここでは、どの発行元の役割も持っていません。
console-none-text = 発行元のオーナーに招待を頼んでください。
console-publish = 作品を発行する
console-on-sale = 販売中
console-on-sale-count = { $n ->
   *[other] { $n }作品
  }
console-drafts = 下書き
console-sold-month = 30日間の販売
console-sold-count = { $n ->
   *[other] { $n }ライセンス
  }
console-earned = これまでの収入
console-can-be-paid = 支払いを依頼できる額
console-newest = 最近の販売
console-keys-here = あなたの鍵は、このショップが預かっています
console-keys-here-text = { $shop }は、自分の鍵で守った保管場所にあるあなたの鍵を使い、あなたの名前で作品と支払いに署名します。ショップを運営する人は、あなたなしでも同じことができます。それを望まない場合は、鍵を自分の機械に置き、「keyfare publish」で発行してください。この画面のボタン以外は同じように使えます。
console-keys-own = あなたの鍵はここにありません
console-keys-own-text = 自分の機械で「keyfare publish」を使って署名します。ここでは作品、販売、明細を見られます。
console-others = このショップの発行元
console-invite-owner = オーナーを招待する

console-works-empty = 最初の作品を発行しましょう。
console-works-empty-text = どんなファイルでも使えます。ここで封をし、プレビューを付けて、およそ3分で販売が始まります。
console-work = 作品
console-price = 価格
console-fare = 友だちの料金
console-pieces = { $size }点のうち{ $sold }点を販売、残り{ $left }点
console-pieces-out = { $size }点すべて売り切れ
console-sold = 販売数
console-state = 状態
console-state-on = 販売中
console-state-off = 販売終了
console-state-waiting = ファイル待ち
console-see-shop = ショップで見る
console-withdraw = 販売を終える
console-withdraw-text = これ以上は販売されません。ライセンスを持つ人は、これまでどおり再生でき、ファイルも取得できます。
console-withdraw-do = この作品の販売を終える
console-withdrawn = 販売を終えました。販売済みのライセンスはそのまま使えます。
console-restore = 販売を再開する
console-restored = 販売を再開しました。
console-offer-new = 販売条件を追加
console-offer-change = 変更
console-offer-stop = 販売をやめる
console-offer-terms = 価格と条件
console-offer-only-new = これから販売するライセンスだけに適用されます。販売済みのライセンスは、販売したときの条件のままです。
console-offer-add-do = 販売を始める
console-offer-change-do = この条件で販売する
console-offer-back = 作品に戻る
console-offer-added = 販売を始めました。
console-offer-changed = これからは新しい条件で販売します。販売済みのライセンスの条件は変わりません。
console-offer-stopped = この条件での販売をやめました。販売済みのライセンスはそのまま使えます。
console-offer-unlimited = 何度でも再生できます
console-offer-plays = { $plays }回再生できます
console-versions = 版
console-versions-text = 作品全体のライセンスでは、あとから出る版も含めて、すべての版を開けます。一部のライセンスで開けるのは、販売されたときの版です。
console-version-day = 署名日
console-version-size = サイズ
console-version-current = 現在販売中
console-version-new = 新しい版を加える
console-version-of = { $title }の新しい版
console-version-lead = 購入した人は、追加の支払いなしで受け取れます。価格と条件はそのままです。

console-draft = 下書き
console-upload-title = 1. ファイル
console-upload = ファイルを選ぶ
console-upload-text = { $size }まで。隔離された場所に置かれ、囲われた別のプロセスが中身を調べ、封をするまで誰も取得できません。
console-upload-do = アップロード
console-upload-sent = { $percent }送信済み
console-upload-long = ファイルが{ $size }を超えています。何も保存していません。
console-upload-broken = アップロードが途切れました。何も保存していません。もう一度送ってください。
console-upload-empty = ファイルが空です。
console-upload-album = 複数のファイルを選ぶと1つのアルバムになります。価格もライセンスも1つで、1曲ずつ再生されます。曲名はファイル名、並びは番号の順です。
console-upload-no-album = これらのファイルはアルバムにできません。200曲まで、4GiB未満です。何も保存していません。
console-upload-many = 下書きが多すぎます。先にいくつか発行するか削除してください。
console-reading = ファイルを調べています
console-reading-text = 種類とプレビューを確かめています。この画面は自動的に更新されます。
console-publishing = 封をして署名しています
console-publishing-text = { $percent }完了。この画面を閉じても続きます。
console-published = 販売中
console-published-text = { $title }が棚に並びました。アドレスはこちらです:
console-failed-publish = 発行できませんでした。何も販売されていません。
console-no-preview = プレビューを自動で作れませんでした。
console-no-preview-text = 画像、30秒の音、短い動画、またはテキストを900 KBまでで用意してください。
console-no-preview-why = { $code ->
    [preview-needs-ffmpeg] FLAC・Ogg・M4A・動画のプレビューにはffmpegが必要ですが、このショップの機器にはありません(preview-needs-ffmpeg)
    [preview-to-be-supplied] この種類のファイルからはプレビューを作れません(preview-to-be-supplied)
    [preview-file-damaged] ファイルの形式に誤りがあります(preview-file-damaged)
    [preview-not-converted] ffmpegがファイルを読み取れませんでした(preview-not-converted)
   *[other] 理由: { $code }
  }
console-preview = プレビュー
console-preview-of = { $title }のプレビュー
console-preview-own = 別のプレビュー
console-preview-do = このプレビューを使う
console-preview-bad = このプレビューはショップに表示できません。900 KBまでの画像、音、短い動画、またはテキストにしてください。
console-about = 2. 名称と説明
console-title = 題名
console-subtitle = 題名の2行目(任意)
console-performers = 出演者(任意)
console-performers-how = 表示する順に、1行に1名ずつ入力してください。
console-creator = 制作者(任意)
console-comment = 作品の紹介(任意、1〜2文)
console-cover = カバーの説明
console-cover-why = 画像を見られない方のために、1行で書いてください。
console-terms = 3. 条件
console-price-in = 価格({ $currency })
console-tax = 含まれる税(%)
console-plays = 再生回数
console-plays-hint = 空欄: 制限なし
console-days = 最初の再生からの日数
console-share = 開ける範囲
console-share-whole = 全体
console-share-most = 最初の80%
console-share-tenth = 最初の10%
console-mode = 購入した人が渡すとき
console-mode-copy = 料金つきのコピー
console-mode-copy-text = 二人とも持てます。友だちがあなたに支払います。
console-mode-locked = ロック付きコピー
console-mode-locked-text = コピーは無料で、最初の10%を再生できます。友だちは解除するときに支払います。
console-mode-move = 譲る
console-mode-move-text = 購入した人が手放します。販売した数より増えることはありません。
console-mode-none = 渡せない
console-mode-none-text = 購入した人だけが持ちます。
console-fare-in = コピー料金または解除料金({ $currency })
console-fare-hint = ここでは、価格の8〜20%が多く選ばれています。
console-generations = コピーの世代
console-more = 料金の運び方、限定数、払い戻し
console-route = 集まった料金を運ぶカード
console-route-chain = 一番新しいコピー
console-route-latest = 最後に購入したカード
console-route-count = 一番多く購入したカード
console-route-provider = ネットにつながるカード
console-edition = 限定数
console-edition-hint = 空欄: 制限なし
console-refund-days = 未再生なら返せる日数
console-refund-hint = 0: 払い戻しなし
console-figures-do = 収入を計算する
console-keep = 下書きとして残す
console-kept = { $time }に下書きを残しました。
console-publish-now = 発行する
console-delete = この下書きを削除
console-delete-text = 隔離場所のファイルも削除されます。販売中のものは変わりません。
console-buyer-sees = 購入する人に見える内容
console-buyer-line = { $publisher }。{ $size }
console-income = あなたの収入
console-income-sale = { $price }で1回販売したとき
console-income-tax = 含まれる税
console-income-shop = ショップの取り分
console-income-sales = { $n }人が購入したとき
console-income-fares = それぞれが{ $n }回コピーを渡したとき
console-income-all = 合計
console-income-why = 帳簿と同じ計算によるものです。
console-terms-kept = 販売済みのライセンスは、販売したときの条件のままです。
console-wrong = 直すところがあります:
console-wrong-title = 題名は1〜200文字にしてください。
console-wrong-price = 価格は{ $currency }の整数にしてください。
console-wrong-fare = 料金は{ $currency }の整数にしてください。
console-wrong-credits = 1行や名前は200文字、紹介文と説明は1,000文字、出演者は32名までにしてください。
console-wrong-number = 数字が範囲の外か、数字ではありません。
console-wrong-centre = この環境にはサポートセンターがないため、ロック付きコピーを解除できません。別の方法を選んでください。
console-wrong-keys = この発行元の鍵はここにありません。鍵のある機械で「keyfare publish」を使ってください。

console-sales-from = 開始日
console-sales-until = 終了日
console-sales-show = 表示
console-sales-empty = この期間の販売はありません。
console-sales-of-buyer = 購入者番号{ $buyer }だけを表示しています
console-sales-of-work = { $work }だけを表示しています
console-sales-all = すべての販売
console-sales-when = 日時
console-sales-buyer = 購入者
console-sales-buyer-none = 表示なし
console-sales-yours = あなたの分
console-sales-receipt = 領収書
console-sales-back = 返却済み
console-sales-older = 以前の販売
console-sales-csv = CSVをダウンロード
console-sales-json = JSONをダウンロード
console-sales-why = 購入者は、このショップだけが使うカード番号で表されます。名前はわかりません。

console-payout-received = 購入者があなたに支払った額
console-payout-received-text = 発行会社があなたの名義で預かっています。ショップの手には渡りません。
console-payout-earned = 税とショップの取り分を除いた、あなたの額
console-payout-owed-to = ショップに支払う額
console-payout-owed-to-text = 受け取った額に含まれる税とショップの取り分
console-payout-owed-by = ショップが支払う額
console-payout-ordered = これまでに依頼した額
console-payout-do = 銀行口座に支払う
console-payout-amount = 金額({ $currency })
console-payout-text = 依頼はあなたの名前で署名されて発行会社に届き、発行会社があなたの銀行口座に振り込みます。2回押しても依頼は1回です。
console-payout-none = まだ支払いはありません。
console-payout-nothing = いま支払える額はありません。
console-payout-asked = 依頼済み。発行会社の返事を待っています
console-payout-taken = 発行会社が受け付けました。振り込みは自動的に行われます
console-payout-waiting = 発行会社はまだ支払えません({ $code })。同じ番号でもう一度依頼します
console-payout-paid = { $day }に銀行口座へ支払われました
console-payout-no-account = 銀行が断りました。あなたの口座がありません。支払いは行われず、同じ額をもう一度依頼できます
console-payout-not-covered = 銀行が断りました。発行会社の口座の残高が足りません。支払いは行われず、同じ額をもう一度依頼できます
console-payout-other-money = 銀行が断りました。あなたの口座はこの通貨を扱っていません。支払いは行われず、同じ額をもう一度依頼できます
console-payout-no = { $asked }の依頼に対し、支払えるのは{ $available }です。何も依頼していません。
console-payout-when = 依頼日

console-people-who = 名前
console-people-invite = 招待する
console-people-link = このリンクを一人に渡してください。表示されるのは今だけで、一度だけ使え、{ $day }に切れます。
console-people-open = 有効な招待
console-people-remove = この役割を外す
console-people-remove-of = { $name }の{ $role }を外す
console-people-last = 最後のオーナーは外せません。先にほかの人をオーナーにしてください。
console-people-none = まだ誰もいません。
console-people-withdraw = 取り消す
console-people-until = { $day }まで

console-set-you = { $name }さんの設定
console-set-keys = パスキー
console-set-keys-none = パスキーはまだありません。
console-set-key-add = パスキーを追加する
console-set-key-label = 呼び名
console-set-key-since = { $day }から
console-set-key-remove = 外す
console-set-key-remove-of = パスキー「{ $label }」を外す
console-set-key-last = これは最後のサインイン手段です。先にほかの手段を追加してください。
console-set-key-copied = このパスキーは複製されているため、使えません。外してください。
console-set-key-unnamed = パスキー
console-set-password = パスワード
console-set-password-new = 新しいパスワード
console-set-password-do = このパスワードにする
console-set-password-set = パスワードを変えました。ほかのセッションはすべて終了しました。
console-set-second = 2段階の確認
console-set-second-text = パスワードのあとに、パスキーか回復コードを求めます。パスキーだけなら、それで両方とみなします。
console-set-second-on = 求める
console-set-second-off = 求めない
console-set-second-no = 先にパスキーを追加するか、回復コードを作ってください。
console-set-codes = 回復コード
console-set-codes-left = { $n ->
   *[other] 残り{ $n }個です。
  }
console-set-codes-do = 新しいコードを10個作る
console-set-codes-show = 今すぐ書き留めてください。表示されるのは一度だけです。以前のコードは使えなくなりました。
console-set-everywhere = すべてサインアウト
console-set-everywhere-text = { $n ->
   *[other] セッションは{ $n }個です。
  }
console-set-everywhere-do = すべてのセッションを終える
console-saved = 完了しました。

console-form-old = この画面のフォームではありません。画面を開き直してください。

# このショップ(運営担当者)
console-keeper = このショップ
console-keeper-lead = ここで公開している発行元と、担当者の判断を待っているもの。作品、販売、お金は見えません。
console-keeper-publishers = 発行元
console-keeper-publishers-none = まだ発行元がありません。下から最初の発行元を迎えてください。
console-keeper-keys-here = 鍵はこのショップが保管
console-keeper-keys-own = 発行元の機械で署名
console-keeper-since = { $day }から
console-keeper-waiting = 証明書を待っています
console-keeper-waiting-text = 登録機関の担当者が申請を確かめ、証明書を発行します。申請を渡し、受け取った証明書を下に貼り付けてください。
console-keeper-application = { $name }の申請
console-keeper-ask-again = 登録機関に問い合わせる
console-keeper-turn-away = 取り下げる
console-keeper-of = { $what }: { $name }
console-keeper-take-in = 発行元を迎える
console-keeper-take-in-text = 鍵はこの管理画面が作り、発行元の名前で署名します。発行元であるかどうかは登録機関が決めます。
console-keeper-name = 購入者に表示される名前
console-keeper-take-in-do = 迎える
console-keeper-admit = 自分の鍵を持つ発行元
console-keeper-admit-text = 発行元の証明書、または上の申請に対して登録機関が発行した証明書を貼り付けてください。招待された人は、作品、販売、明細を見られます。
console-keeper-certificate = 証明書
console-keeper-admit-do = 証明書で迎える
console-keeper-done = { $name }がここで公開できるようになりました。オーナーを招待してください。
console-keeper-asked = 登録機関は{ $name }をまだ証明していません。担当者が申請を確かめます。申請を渡すか、あとでもう一度問い合わせてください。
console-keeper-no-name = 名前は1〜60文字です。
console-keeper-no-certificate = このレルムの発行元の証明書ではありません。
console-keeper-no-home = この発行元の料金を集める先が登録されていないため、コピー料金は購入者のカードにとどまります。登録されるまでは、手元用または譲渡用として販売してください。
console-keeper-licenses = 判断を待っているライセンス
console-keeper-licenses-none = 待っているライセンスはありません。
console-keeper-licenses-text = どれも限定版の1点で、カードが紛失したか、元に戻されました。すでに譲られていれば、2点になってしまいます。持ち主から連絡があります。譲られていないと判断したときだけ、作り直してください。
console-keeper-license = { $title }、番号{ $number }
console-keeper-license-asked = { $times ->
   *[other] { $times }回の依頼(最後は{ $day })
  }
console-keeper-license-sold = { $day }に{ $price }で販売、領収書{ $receipt }
console-keeper-allow = 作り直す
console-keeper-leave = そのままにする
console-keeper-allowed = 次にカードが問い合わせたとき、作り直します。
console-keeper-left = そのままにします。もう一度依頼があれば、また表示されます。
console-invited-own = { $name }としてサインインしています。今の役割を残したまま、このアカウントで受けられます。
console-invited-own-do = { $name }で受ける
console-set-data = あなたについて保存されている情報
console-set-data-text = このアカウントの名前、役割、サインインの方法、セッション。パスワード、コード、セッションは要約値だけを保存しています。
console-set-data-do = ダウンロード
console-set-forget = アカウントの削除
console-set-forget-text = 名前、パスワード、パスキー、コード、セッション、役割をすぐに削除します。公開した作品と依頼した払い出しは発行元に残ります。
console-set-forget-do = アカウントを削除する
console-set-forget-last = あなたは{ $publisher }の最後のオーナーです。先にほかの人をオーナーにしてください。
console-gone = アカウントを削除しました。
console-set-data-since = 登録日
console-set-data-has = { $has ->
    [yes] 設定あり
   *[no] なし
  }
console-set-data-sessions = セッション
