# プレーヤー:聴く、見る、読む、遊ぶ。そして再生できないときの言葉。

play-title = { $title }を再生中
play-title-film = { $title }を再生中
play-title-picture = { $title }
play-title-book = { $title }を読書中
play-title-game = { $title }をプレイ中
play-of = { $kind }、{ $publisher }
play-kind-sound = 音声
play-kind-album = アルバム
play-kind-film = 映像
play-kind-picture = 画像
play-kind-text = テキスト
play-kind-book = 本
play-kind-paper = 文書
play-kind-game = ゲーム
play-kind-other = 作品

# 操作
play-controls = 再生の操作
play-play = 再生
play-pause = 一時停止
play-back = 10秒戻る
play-on = 10秒進む
play-position = 再生位置
play-position-of = { $of }中{ $at }
play-previous = 前の作品
play-next = 次の作品
play-whole-screen = 全画面
play-keys = プレーヤーにフォーカスがある間は、スペースで再生と一時停止、左右の矢印で移動、NとPで作品を切り替えます。
play-keys-on = キー操作を使う
play-keys-game = ゲームにフォーカスがある間、キー入力はゲームに届きます。Tabで先へ進めます。
play-broke = 停止しました。続きを読み込めませんでした。もう一度再生を押すと、同じ再生が続きます。

# 読む
play-contents = 目次
play-tracks = 曲目
play-chapter = 第{ $n }章
play-chapter-of = { $n }/{ $of }
play-chapter-before = 前へ
play-chapter-after = 次へ
play-reader-name = { $title }の本文
play-part-of = { $n }/{ $of }
play-page-of = { $n }/{ $of }ページ
play-page-before = 前のページ
play-page-after = 次のページ
play-page-go = ページへ移動
play-page-text = このページのテキスト
play-page-mute = このページにはテキスト情報がありません。画像のみです。
play-game-name = { $title }のゲーム画面
play-leaflet-name = { $title }の文書
play-game-safe = 外に出口のない場所で動きます。ネットワーク、ファイル、ウォレット、カードのどれにも届きません。
play-leaflet-safe = プログラムは動かず、ネットワークにもつながりません。

# ライセンス
play-license = ライセンス
play-left = 残り回数
play-left-of = 残り{ $left }回(全{ $all }回)
play-left-endless = 無制限
play-card = カード
play-offline = ネットワークなしの再生
play-offline-yes = できます
play-share = 開ける範囲
play-share-part = 最初の{ $share }
play-share-whole = すべて
play-ends = 期限
play-again-until = この再生の続き
play-again-for = あと{ $span }。閉じても続けられます
play-hand-on = 友だちに渡す
play-friend-pays = 支払うのは友だちで、あなたではありません。
play-terms = 条件の詳細
play-stop = この再生を終える
play-stop-what = 開いた鍵は消去されます。次は新しい1回になります。
play-elsewhere = このコンピューターの別のプログラムで
play-elsewhere-what = 再生している間、このコンピューターのメディアプレーヤーはこのアドレスを開けます。アドレスを知っている人は誰でも再生できるので、秘密にしてください。
play-share-ends = 最初の{ $share }はここまでです。
play-share-ends-do = このライセンスで開けるのはここまでです。解除すると、止まったところから最後まで再生できます。
play-share-begins = このライセンスで開けるのは最初の{ $share }までです。そこで止まります。
play-unlock = 残りを解除する
play-as-file = ファイルとして保存
play-cannot = このプレーヤーでは、この種類の作品を表示できません。
play-cannot-do = 作品はこのコンピューターに、ライセンスはカードにあります。発行元がファイルとしての取り出しを認めていれば、対応するプログラムで開けます。
play-log-note = このプレーヤーの再生記録
play-log-note-what = 不具合を調べるため、何を、いつ、どこまで再生したかを記録します。鍵、金額、カードの情報は含みません。送信するまで、記録はここにとどまります。
play-log-send = 記録をサポートへ送る
play-log-see = 記録を見る

# 次に、または再生していないとき
play-up-next = 次の作品
play-uses-one = 残り{ $left }回(全{ $all }回)。開始すると1回使い、24時間は続きを再生できます。
play-go-on = 続きから(あと{ $span }、回数は減りません)
play-nothing = 再生しているものはありません。
play-nothing-do = ここにファイルを置くか、ライブラリーを開いてください。
play-player = プレーヤー
play-file = 封をされたファイル
play-file-what = .keyfareファイルなら、友だちからでも、USBメモリーからでも、お店からでもかまいません。封をしたまま、ほかのファイルと一緒に保管します。
play-file-open = 開く
play-goes-on = 途中のもの
play-library = ライブラリーを開く
play-none-yet = ライセンスはまだありません。買ったものや友だちから受け取ったものを、ここで再生できます。
play-see-licenses = ライブラリーに戻る

# 再生できないとき:回数は減らず、何も渡していません
play-no-license = { $title }のライセンスを持つカードがありません。
play-no-license-do = ファイルに問題はありません。お店か友だちからライセンスを手に入れれば、すぐに再生できます。
play-other-devices = { $title }は、登録されたプレーヤーとドライブでだけ再生できます。
play-other-devices-do = ここではコンテンツの再生は許可されていません。このライセンスのプレーヤーとドライブを接続してください。
play-no-license-plain = このライセンスを持つカードがありません。
play-see-shop = { $seller }でライセンスを見る
play-receive = 友だちから受け取る
play-used = { $title }の回数は使い切りました。
play-used-do = ファイルはそのまま使えます。もう一度ライセンスを手に入れれば再生できます。
play-locked = { $title }はロックされています。
play-locked-do = 料金なしで届いたコピーです。解除すると再生できます。
play-unpaid = { $title }の支払いが終わっていません。
play-unpaid-do = 支払いは手続きの途中です。届きしだい再生できます。
play-hold = { $title }は販売者の確認を待っています。
play-hold-do = カードが以前の複製から戻されたため、残りを販売者が確認します。一度ネットに接続してください。
play-ended = { $title }は{ $day }に終わりました。
play-ended-plain = { $title }の期間は終わりました。
play-ended-do = もう一度手に入れられます。ファイルは今あるもので足ります。
play-often = { $title }は1時間に始められる回数を超えました。
play-often-do = { $time }からまた再生できます。
play-moved = { $title }は今、別の場所で再生されています。
play-moved-do = 1つのライセンスで同時に再生できるのは1か所だけです。ここで続けるには、もう一度再生してください。続きを再生しても回数は数えられません。
play-watched = ほかのプログラムがこのプレーヤーをのぞいているため、停止しました。
play-watched-do = デバッガーや録画プログラム(プロセス{ $process })を閉じて、もう一度再生してください。この再生は失われていません。
play-missing = { $title }のファイルがここになく、取得もできませんでした。
play-missing-do = どの複製でもかまいません。友だち、USBメモリー、接続中ならお店から。ライセンスは無事です。
play-damaged = { $title }のファイルが壊れています。
play-damaged-do = 別の複製を手に入れてください。ライセンスは無事で、それで開けます。
play-too-large = { $title }は大きすぎて、ここでは表示できません。
play-too-large-do = 1つの作品に使えるメモリーを超えます。害はありません。
play-reader = { $title }を読み取れません。
play-reader-do = ファイルが壊れているか、害を与えるために作られています。カードやウォレットとは別の場所で読み取ったので、害はありません。
play-partial = 最初の{ $share }だけでは読めません。
play-partial-do = この種類のファイルは、全体がそろわないと開けません。解除すると読めます。
play-other-package = { $title }の別の版のファイルです。
play-other-package-do = このライセンスと一緒に販売されたファイルを手に入れてください。
play-over = この再生は終わりました。
play-once-more = もう一度再生する
play-over-do = ライブラリーからもう一度始めてください。回数が決まっている場合は、新しい1回になります。
play-no = { $title }は今は再生できません。
play-no-code = コード:{ $code }
play-nothing-lost = 回数は減っていません。

# 記録
play-log = 再生記録
play-log-none = まだ記録はありません。
play-log-list = このプレーヤーの記録(新しい順)
play-log-when = 日時
play-log-what = 内容
play-log-work = 作品
play-log-where = 範囲
play-log-bytes = { $from }〜{ $to }バイト
play-log-step = { $step ->
    [began] 開始(1回分)
    [continued] 続きから再生
    [asked] 要求
    [played] 再生
    [refused] 拒否
    [stopped] 自動停止
    [handed-out] ファイルとして取り出し
   *[ended] 終了
  }
