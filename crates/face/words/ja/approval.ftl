# The approver's pages: for those it knows, and for the people who run it.

approval-nav = 購入承認
approval-foot = 表示は承認サーバーの帳簿によるものです。販売者があなたを知ることはありません。
approval-account = 購入承認
approval-sign-out = サインアウト

# Signing in
approval-enter = サインイン
approval-enter-lead = ここはあなたの承認サーバーです。ここに入力した内容は販売店には見えません。
approval-enter-lead-ask = 購入があなたの返事を待っています。サインインだけでは承認されません。
approval-name = 名前または番号
approval-password = パスワード
approval-enter-do = サインイン
approval-no-match = 名前とパスワードが一致しません。
approval-no-match-text = 何も承認されていません。両方を確かめて、もう一度お試しください。
approval-slow = ここからの試行が多すぎます。
approval-slow-text = 次の試行は{ $time }に受け付けます。以前サインインしたブラウザは待ちません。
approval-failed = { $n ->
   *[other] 前回以降、あなたの名前での試行が{ $n }回失敗しました。
  }
approval-failed-text = 心当たりがなくても、失われたものはありません。より長いパスワードにしてください。
approval-again-lead = サインインの方法が変わるため、もう一度確認します。5 分間は聞きません。

# One purchase
approval-ask = { $amount }を承認しますか?
approval-ask-nobody = { $amount }の購入
approval-fact-amount = 金額
approval-fact-seller = 販売者
approval-fact-kind = 種類
approval-fact-until = 有効期限
approval-fact-code = 確認番号
approval-code-why = カードの画面に同じ番号が表示されます。違う場合は別の購入です。承認しないでください。
approval-kind-mixed = 複数の種類を含む作品
approval-kind-text = 読み物
approval-kind-picture = 画像
approval-kind-sound = 音声・音楽
approval-kind-video = 映像
approval-kind-program = プログラム
approval-title-hidden = 作品名はこちらには知らされません。カードの画面に表示されます。
approval-seller-learns-nothing = { $seller }に伝わるのは使い捨ての番号と承認された事実だけです。名前も、変わらない番号も伝わりません。
approval-seller-knows-again = 発行元の設定により、{ $seller }は{ $seller }だけが見る番号であなたを再び見分けます。名前は伝わりません。
approval-pay-with = お支払い方法
approval-means-credit = 月々の請求
approval-means-value = 前払い残高
approval-means-points = ポイント
approval-free = 残り{ $amount }
approval-yes = { $amount }を承認する
approval-no = 承認しない
approval-asking = 承認できるか確認しています…
approval-asking-text = あと数秒かかります。少し待ってから、もう一度ご覧ください。
approval-look = もう一度見る
approval-done = 承認しました: { $amount }
approval-done-text = 金額は確保されましたが、まだ請求されていません。カードの画面に戻ると購入が続きます。
approval-denied = 承認されませんでした
approval-denied-limit = いま使える金額を超えています。何も確保されていません。請求分を支払うか、別の支払い方法をお選びください。
approval-denied-decision = この購入は承認されませんでした。何も確保されていません。別の支払い方法をお選びください。
approval-denied-later = いまは承認できません。何も確保されていません。後ほどもう一度お試しいただくか、別の支払い方法をお選びください。
approval-declined = 承認しませんでした。何も確保されていません。
approval-gone = この問い合わせはもうありません
approval-gone-text = 回答済みか、期限が過ぎています。見ただけでは何も確保されていません。カードの画面に戻り、もう一度お試しください。

# The account
approval-room = 使える金額
approval-limit = 限度額
approval-owed = 未払い
approval-value = 前払い残高
approval-points = ポイント
approval-held = 確保中
approval-open = 未使用の承認
approval-open-none = ありません。承認した購入は、使われるか期限が過ぎるまでここに表示されます。
approval-cancel = 取り消す
approval-cancelled = 取り消しました。金額は再び使えます。
approval-history = 使用済み・終了
approval-history-none = まだありません。
approval-date = 日付
approval-state = 状態
approval-what = 種類
approval-amount = 金額
approval-state-permitted = 決済中
approval-state-charged = 請求済み
approval-state-refunded = 返金済み
approval-state-expired = 期限切れ
approval-state-cancelled = 取り消し済み
approval-state-abandoned = 不成立
approval-dispute = 内容に異議がある
approval-disputed = 受け付けました。担当者が確認します。それまで請求はそのままです。
approval-single = 一回の購入の上限
approval-single-none = 自分で決めた上限はありません
approval-single-lead = これを超える購入は、誰が求めても承認されません。
approval-single-field = 金額(空欄は上限なし)
approval-single-do = 設定
approval-single-set = 設定しました。

# 月ごとの明細
approval-statement = 月ごとの明細
approval-statement-title = { $month }の明細
approval-statement-lead = この月に帳簿に記録されたものです。
approval-statement-none = この月の記録はありません。
approval-statement-opening = 月初の未払い額
approval-statement-closing = 月末の未払い額
approval-statement-now = 現在の未払い額
approval-statement-costs = 請求
approval-statement-gives = 入金・返金
approval-statement-charged = { $seller }の{ $kind }
approval-statement-charged-forgotten = 購入
approval-statement-back = 返金: { $seller }の{ $kind }
approval-statement-paid = お支払い
approval-statement-filled = { $means ->
    [points] ポイント付与
   *[value] 入金
  }
approval-statement-drained = { $means ->
    [points] ポイント失効
   *[value] 払い戻し
  }
approval-statement-before = 前の月
approval-statement-after = 次の月

# 保存されている情報
approval-mine-lead = サインインの情報と、承認した購入(種類・金額・販売者)です。作品名は含まれません。パスワード、コード、セッションは要約値のみを保存します。
approval-mine-file = 信用情報機関での番号
approval-mine-approvals = 承認
approval-mine-forget = 名前、パスワード、パスキー、コード、セッション、限度額、機関での番号はすぐに削除され、ポイントは失効します。購入と支払いは、誰にもつながらない番号のもとで帳簿に残ります。
approval-mine-not = { $code ->
    [leave-owes] 未払いがあります。先に請求をお支払いください。何も削除されていません。
    [leave-reserved] 確保中の金額があります。承認を取り消すか、決済を待ってください。何も削除されていません。
    [leave-value] 前払い残高があります。先に払い戻しを受けてください。何も削除されていません。
   *[other] 異議のある請求があります。決定をお待ちください。何も削除されていません。
  }

# The people who run it
approval-desk = 管理
approval-desk-users = 利用者
approval-desk-user = 利用者
approval-desk-none = 利用者はまだいません。
approval-desk-limit = 限度額
approval-desk-set = 限度額を設定
approval-desk-bill = 支払われた請求
approval-desk-bill-do = 記録
approval-desk-sellers = 販売者
approval-desk-sellers-none = 販売者への未払いはありません。
approval-desk-pay = 銀行で支払う
approval-desk-disputes = 異議
approval-desk-disputes-none = 異議はありません。
approval-desk-refund-seller = 返金する(販売者負担)
approval-desk-refund-own = 返金する(当社負担)
approval-desk-stands = 請求は有効
approval-desk-silent = 応答のない販売者
approval-desk-silent-text = 請求を許可されてから30日間、結果を知らせていない販売者です。先に販売者へ確認してください。打ち切ると利用枠は利用者に戻り、販売者は請求できなくなります。
approval-desk-give-up = 打ち切る
approval-desk-alarm = 信用情報機関が応答しません
approval-desk-alarm-text = { $n ->
   *[other] { $time }以降、照会なしで{ $n }件、合計{ $amount }を承認しました。
  }
approval-desk-calm = 信用情報機関は応答しています。
approval-desk-figure = { $line ->
    [credit-granted] 未使用の限度額
    [cash] 請求と前払いで受け取った現金
    [points-given] 付与したポイントと残高
    [approved] 販売者への計上待ち
    [part-of-sales] 販売ごとの取り分
    [disputes] 当社負担の返金
    [forgotten] 復元後に判明した請求(当社負担)
    [on-its-way-to-sellers] 販売者へ送金中
    [approvals-open] 未使用の承認
    [approvals-charged] 請求済みの承認
    [held] 確保中
   *[other] その他
  }
approval-desk-figures = 帳簿

# The card's page
wallet-approval-way = { $amount }({ $approver }の承認で)
wallet-approval-ask = { $approver }に{ $amount }の承認を求めますか?
wallet-approval-learns = { $approver }はあなたを知っており、種類と金額を知りますが、作品名は知りません。{ $seller }は承認された事実だけを知り、あなたが誰かは知りません。
wallet-approval-knows = { $approver }はあなたを知っており、種類と金額を知りますが、作品名は知りません。発行元の設定により、{ $seller }は{ $seller }だけが見る番号であなたを再び見分けます。
wallet-approval-go = { $approver }に求める
wallet-approval-waits = { $approver }があなたの返事を待っています
wallet-approval-waits-text = 承認サーバーの画面を開いてサインインし、確認番号を見比べてください。それからここに戻って続けます。
wallet-approval-open = { $approver }で返事をする
wallet-approval-look = 続ける
wallet-approval-code-why = 承認サーバーの画面にも同じ番号が表示されます。違う場合は、そこで承認しないでください。
wallet-approval-have = { $approver }が承認しました
wallet-approval-pay = { $amount }で購入する
wallet-approval-no = 承認されませんでした
wallet-approval-other = 別の方法で支払う
