# Copy management: the gateway's pages for customers, its people's desk, and the console of the server.

copying-no = { $code ->
    [not-your-duty] あなたの役割ではこの操作はできません。権限のある人に依頼してください。
    [no-reason] 理由を3文字以上500文字以内で書いてください。履歴に残ります。
    [no-user] このカード、プレーヤー、ドライブで登録された利用者はいません。ラベルを確かめてください。
    [not-theirs] この機器はこの利用者に登録されていません。ラベルを確かめてください。
    [keeps-the-keys] この機器は利用者の鍵を保管しています。利用者にユーザーIDと合言葉で新しいカードを申請してもらってください。
    [no-replacement] 交換品は、同じ種類の未使用の機器ではありません。在庫から選んでください。
    [no-proposal] この申請は決定済みか、存在しません。
    [same-person] 二人で行います。あなたの申請は別の人が決定します。
    [not-on-a-label] 番号はラベルのとおり26文字の英数字(aからz、2から7)です。ラベルを確かめてください。
    [form-foreign] このフォームはこのページのものではないか、開いてから時間が経ちすぎています。ページを開き直してください。
    [amount] 金額は数字だけで入力してください。
    [batch-not-genuine] このサーバー宛てのロットファイルではないか、製造の権限がある人の署名がありません。このサーバーの証明書で作り直してください。
    [batch-for-a-shop] このロットのメディアはショップで支払いに使うものです。作品を売るショップへファイルを渡してください。
   *[other] { $code }
  }
copying-refused = 受け付けられませんでした

# Signing in, at either place
copying-enter = サインイン
copying-enter-lead-gateway = このゲートウェイのお客様用です。カードの内容は封印されたままで、ここでは誰も読めません。
copying-enter-lead-console = コピー管理の利用者に対応する担当者用です。ここでの操作はすべて履歴に残ります。
copying-name = 名前
copying-password = パスワード
copying-sign-out = サインアウト
copying-no-match = 名前とパスワードが一致しません。
copying-no-match-text = 何も変更されていません。両方を確かめて、もう一度お試しください。
copying-slow = ここからの試行が多すぎます。
copying-slow-text = 次の試行は{ $time }に受け付けます。以前サインインしたブラウザは待ちません。
copying-failed = { $n ->
   *[other] 前回以降、あなたの名前での試行が{ $n }回失敗しました。
  }

# The gateway: account
gateway-nav = あなたの口座
gateway-foot = このゲートウェイは封印された問い合わせと回答を運ぶだけです。鍵、メディア、ユーザーIDは読めません。
gateway-account = 口座
gateway-free = 使える金額
gateway-balance = 入金済みの残高
gateway-credit = 後払いの上限
gateway-held = 問い合わせ中の確保額
gateway-charged = 課金された鍵
gateway-charged-none = まだ課金はありません。届いた鍵だけが、一つにつき一度だけ課金されます。
gateway-own = あなたについて保存しているもの
gateway-own-text = サインインに使う名前、サインインした時刻、上に表示した内容です。空の口座を閉じると、すべてすぐに削除されます。課金の記録は、だれのものでもない番号で帳簿に残ります。
gateway-own-file = すべてをファイルで保存
gateway-own-forget = 口座を閉じる
gateway-own-not = { $code ->
    [account-not-empty] 閉じていません。残高または未払いがあります。支払うか使い切ってから閉じてください。
    [account-under-way] 閉じていません。問い合わせの途中です。返事が届いてから閉じてください。
   *[other] 閉じていません。何も変わっていません。
  }
gateway-when = 日付
gateway-delivery = 配送番号
gateway-amount = 金額
gateway-no-account = この名前の口座はもうありません。

# The gateway: registration
gateway-register = 登録
gateway-register-title = 機器を登録する
gateway-register-lead = コピーは登録した機器でだけ再生できます。
gateway-register-typed = ラベルの番号
gateway-register-typed-text = コードの下に印刷された文字を入力してください。ハイフン、空白、大文字小文字は区別しません。
gateway-card = メモリーカード
gateway-player = プレーヤー
gateway-drive = ドライブ
gateway-check = 番号を確かめる
gateway-read = 機器から読み取る
gateway-read-text = カードとドライブを接続したプレーヤーは番号を自分で読み取ります。書き出された問い合わせファイルを「運ぶ」に持ってきてください。
gateway-known = これらの機器は登録できます
gateway-known-text = 次はカード自身が問い合わせます。ラベルだけではカードとみなされません。プレーヤーに入れ、覚えやすい合言葉を決めて、これらの番号で問い合わせてください。
gateway-known-word = カードを失くしたときは、ユーザーIDとこの合言葉の両方で、コピーを新しいカードに戻せます。
gateway-known-id = 回答が届くと、プレーヤーがユーザーIDを一度だけ表示します。紙に書き留めてください。こちらには見えません。
gateway-silent = コピー管理サーバーが応答していません
gateway-silent-text = 登録に必要な番号を今は確認できません。失われたものはありません。一分後にもう一度確認してください。
gateway-again = もう一度確認する

# The gateway: carrying a question by hand
gateway-carry = 運ぶ
gateway-carry-title = 問い合わせを手で運ぶ
gateway-carry-lead = ネットワークのないプレーヤーは問い合わせをファイルに書き出します。ここに持ってきて、回答を持ち帰ってください。
gateway-carry-file = プレーヤーの問い合わせファイル
gateway-carry-do = 運ぶ
gateway-carry-what = 登録、鍵、コピーの完了、修理、再発行のすべてに使えます。同じファイルには何度でも同じ回答が届きます。
gateway-done-registered = 登録されました
gateway-done-registered-text = 回答をプレーヤーに渡してください。ユーザーIDが一度だけ表示されます。紙に書き留めてください。
gateway-done-given = 鍵が届きました
gateway-done-given-text = { $amount }が一度だけ課金されました。回答をプレーヤーに渡すと、コピーが始まります。
gateway-done-given-free = 料金はかかりません。回答をプレーヤーに渡すと、コピーが始まります。
gateway-done-completed = コピーは完了とみなされます
gateway-done-completed-text = このメディアからは、もう誰も鍵を受け取れません。コピーはネットワークなしで再生できます。
gateway-done-erased = 修理が確認されました
gateway-done-erased-text = カードは消去され、メディアはあなただけがもう一度コピーできます。
gateway-done-reissued = 新しいカードが失くしたカードに代わりました
gateway-done-reissued-text = 回答をプレーヤーに渡してください。コピーはこれまでどおり再生できます。失くしたカードはどこでも使えません。
gateway-answer = 回答をダウンロード
gateway-next = 別の問い合わせを運ぶ
gateway-waits = 記録されましたが、まだ決まっていません
gateway-waits-text = コピー管理サーバーが応答していません。問い合わせは保管され、自動で送り直されます。一分後に同じファイルを持ってきてください。

# The gateway: its people
gateway-desk = 窓口
gateway-desk-title = ゲートウェイの窓口
gateway-desk-customers = お客様
gateway-desk-none = まだお客様がいません。下で最初のお客様を登録してください。
gateway-desk-customer = お客様
gateway-desk-way = 支払い方法
gateway-desk-prepaid = 前払い
gateway-desk-on-credit = 後払い({ $amount }まで)
gateway-desk-new = お客様を登録する
gateway-desk-limit = 後払いの上限(空欄なら前払い)
gateway-desk-take = 登録する
gateway-desk-pay = 入金を記帳する
gateway-desk-pay-do = 記帳する
gateway-desk-statement = 明細
gateway-desk-statement-text = 鍵一つごとに、このゲートウェイが{ $share }を受け取り、残りをコピー管理の運営者に支払います。端数は一単位ずつ、これまでの不足が大きい側に渡すので、合計が一単位もずれません。
gateway-desk-own = ゲートウェイの分
gateway-desk-theirs = 運営者の分
gateway-desk-total = これらの鍵の合計
gateway-desk-owed = 現在の未払い
gateway-desk-lines-none = まだ鍵は届けられていません。
gateway-desk-settle = 未払いを支払う
gateway-desk-payments = 小切手
gateway-desk-payments-none = まだ小切手は送られていません。
gateway-desk-agrees = 双方の明細は一致しています。
gateway-desk-differs = 双方の明細が一致しません。支払わずに、運営者と一行ずつ照合してください。
gateway-desk-unheard = 運営者の明細を今は取得できません。
gateway-cheque = 小切手
gateway-cheque-state = { $state ->
    [booked] 銀行が記帳済み
    [refused] 銀行が拒否。未払いのまま
   *[open] 処理中
  }

# The console of the server
copying-console = コピー管理
copying-console-foot = 利用者はここでは番号です。すべての操作は連鎖した履歴に残り、気づかれずに書き換えることはできません。
copying-home = 検索
copying-find-lead = カード、プレーヤー、ドライブ、メディアのラベルの番号を入力してください。
copying-find-field = ラベルの番号
copying-find-do = 検索する
copying-find-no = この番号のものはありません。ラベルを確かめてください。
copying-maker = あなたの役割はメディアと機器の製造です
copying-maker-text = keyfare press で製造してください。あなたが署名し、このサーバー宛てに封印されたロットファイルが書き出されます。出荷の前にここへ持ってきてください。
copying-batches = 製造ロット
copying-batches-lead = keyfare press で製造したものは、ロットファイルを持ち込むとここで認識されます。ファイルは製造者が署名し、このサーバー宛てに封印されています。
copying-batch-file = ロットファイル
copying-batch-do = 認識させる
copying-batch-known = { $n ->
   *[other] { $n }個が認識されました。
  }
copying-alarms = 警報
copying-alarms-none = 推測の試みはありません。
copying-alarm = { $who }からの推測が多すぎます
copying-role = { $role ->
    [auditor] 監査担当
    [maker] 製造担当
    [counter] 窓口担当
    [chief] 責任者
   *[other] { $role }
  }
copying-medium = メディア
copying-medium-state = { $state ->
    [unused] まだ誰もコピーしていません。
    [given] 鍵は一度だけ、次の機器の利用者に渡されました。
    [freed] 修理により、次の機器の利用者だけがもう一度コピーできます。
   *[other] { $state }
  }
copying-title = 題名
copying-batch = 製造ロット
copying-price = 鍵の料金
copying-number = 番号
copying-device = { $kind ->
    [card] メモリーカード
    [player] プレーヤー
    [drive] ドライブ
   *[other] { $kind }
  }
copying-dead = { $why ->
    [lost] { $day }に失効。紛失し、新しいカードに代わりました
   *[replaced] { $day }に失効。修理または交換されました
  }
copying-alive = 使用中または在庫
copying-no-user = この機器に鍵を保管している利用者はいません。利用者のカードで検索してください。
copying-user = このカードの利用者
copying-since = 登録日
copying-until = 有効期限
copying-repairs = 一年以内の修理
copying-reissues = 一年以内の再発行
copying-copies = コピー
copying-copies-none = この利用者はまだ何もコピーしていません。
copying-copy-state = { $state ->
    [complete] 完了
    [cleared] 修理により終了
   *[open] コピー中
  }
copying-state = 状態
copying-exchange = 修理・交換
copying-exchange-text = 古い番号はすぐに失効します。カードに消去を指示し、カードが確認すると、この利用者のメディアはもう一度コピーできます。
copying-exchange-broken = 故障したもの
copying-exchange-new = 交換品の番号
copying-reason = 理由(履歴に残ります)
copying-exchange-do = 交換する
copying-lost = カードを再び紛失
copying-lost-text = 年に一枚までは、どのゲートウェイでもユーザーIDと合言葉だけで再発行できます。それ以上は別の人が決定します。
copying-lost-do = 再発行を申請する
copying-orders = 消去の指示
copying-order = 消去の指示
copying-order-open = カードの確認待ち
copying-order-done = { $day }に確認済み
copying-order-text = このファイルを利用者のカードに入れてください。カードはコピーの鍵を消去し、確認を書き出します。
copying-order-file = 指示をダウンロード
copying-order-confirm = カードからの確認
copying-order-confirm-do = 提出する
copying-order-confirmed = カードが確認しました。利用者のメディアは、この利用者だけがもう一度コピーできます。
copying-proposals = 申請
copying-proposals-lead = 上限を超えるものは二人で行います。一人が申請し、別の一人が決定します。
copying-proposals-none = 決定を待つ申請はありません。
copying-proposals-past = 決定済み
copying-proposal = { $what ->
    [repair] 年間の上限を超える修理
   *[reissue] 年間の上限を超える再発行
  }
copying-proposal-state = { $state ->
    [allowed] { $who }が許可
   *[declined] { $who }が却下
  }
copying-proposed = { $who }が申請({ $day })
copying-allow = 許可する
copying-decline = 却下する
copying-waits = もう一人の決定を待っています
copying-waits-text = 年間の上限を超えています。別の責任者が「申請」で決定します。
copying-trail = 履歴
copying-trail-whole = { $n ->
   *[other] { $n }件の操作があり、すべて書かれたときのままです。
  }
copying-trail-whole-text = 各操作は、どの表にもない鍵で一つ前の操作に結び付けられています。たった今、最初の操作から計算し直しました。
copying-trail-edited = 履歴が書き換えられています
copying-trail-none = まだ何も行われていません。
copying-trail-act = 番号
copying-trail-who = 担当
copying-trail-what = 内容
copying-trail-chain = 連鎖
copying-trail-server = サーバー自身
copying-trail-older = 以前の操作
copying-takings = 収入
copying-takings-lead = 各ゲートウェイは取り分を受け取り、残りを支払います。端数は一単位ずつ、これまでの不足が大きい側に渡すので、合計が一単位もずれません。
copying-takings-none = 登録されたゲートウェイはありません。利用者には窓口だけで対応しています。
copying-takings-share = { $share }を受け取ります
copying-takings-lines-none = このゲートウェイ経由の鍵はまだありません。
copying-software = ソフトウェアのカード、プレーヤー、ドライブはファイルです。三つすべてのファイルを写した人は、あなたと同じように再生できます。自分だけが読める場所に保管してください。
