# A medium as a way to pay: the publisher's console, and the wallet's pages.

console-media = メディア
console-media-lead = 支払いに使えるディスクやメモリーです。あなたが製造したメディア1枚で、販売内容1件の注文を一度だけ、最初に使った人が支払えます。ライセンスはその購入者のプレーヤーとドライブに限られます。
console-media-offers = メディアで支払える販売内容
console-media-work = 作品
console-media-offer = 販売番号
console-media-count = 登録枚数
console-media-paid = 使用済み
console-media-known = { $n }枚
console-media-used = { $n }枚
console-media-none = メディアで支払える販売内容はまだありません。出版するときに「メディアでも販売する」を選ぶと、販売内容とともに署名されます。手元のパソコンでは:
console-media-sell = メディアでも販売する
console-media-sell-text = 支払いに使えるディスクやメモリーを製造します(1枚につき1回)。それで購入したライセンスは、購入者のプレーヤーとドライブでだけ再生できます。
console-receipts-sell = 先に支払い、後で受け取れる
console-receipts-sell-text = 購入者は先に支払い、カードに領収書を受け取れます。領収書は後でこの作品と1回だけ引き換えられます。
console-media-order = メディアを注文する
console-media-order-text = 番号をここで作り、すぐに支払いに使えるようにします。受け取ったファイルと封をした作品から、メディアを製造します。
console-media-order-offer = 販売内容
console-media-order-line = { $title }、{ $offer }
console-media-order-count = 枚数
console-media-order-do = 番号を作る
console-media-orders = 注文済み
console-media-ordered = 日時
console-media-order-file = 製造用ファイルをダウンロード
console-media-order-file-of = 製造用ファイルをダウンロード: 販売番号{ $offer }、{ $n }枚
console-media-order-care = このファイルを持つ人は、そのメディアで支払えるものを手に入れられます。ディスクと同じように保管してください。
console-media-order-how = ショップの作品ページで封をした作品をダウンロードしてから:
console-media-bring = 自分の鍵で製造したもの
console-media-how = ロットファイルは、製造したメディアと同じ場所に書き出されます。
console-media-took = 販売番号{ $offer }の支払いに使えるメディアが{ $n }枚登録されました。
console-media-no = { $code ->
    [batch-not-genuine] このショップ宛てのロットファイルではないか、この領域の出版者の署名がありません。このショップ宛てに作り直してください。
    [batch-without-offer] このロットには販売番号がなく、鍵はコピー管理から渡されます。ショップ用のメディアは --offer を付けて製造してください。
    [batch-other-publisher] 別の出版者が製造したものです。その出版者としてサインインしてください。
    [media-count] 1回に1〜10,000枚です。
    [media-orders] 注文は200件まで保管されます。まとめて注文してください。
    [restored] ショップは復元の確認中です。あとで注文してください。
    [offer-unknown] その販売番号はありません。先に出版してください。
    [offer-not-for-media] この販売内容はメディアでは支払えません。--media を付けて出版し、署名してください。
    [media-not-theirs] このメディアの作品は、販売番号の作品と異なります。その作品を製造してください。
    [medium-other-offer] 別の販売内容に使うメディアが含まれています。1枚は1件だけに使えます。
   *[other] { $detail }
  }

wallet-medium-way = 手元のメディアで支払う({ $sum }の代わり)
wallet-medium-ask = { $seller }にメディアで支払いますか?
wallet-medium-lead = メディアで支払えるのは一度だけ、最初に使った人です。カードのお金は減りません。
wallet-medium-field = メディアのラベルの番号
wallet-medium-hint = 26文字の英数字です。MEDIUM.TXTにも書かれています。
wallet-medium-player = プレーヤー
wallet-medium-drive = ドライブ
wallet-medium-bound = 再生できる場所
wallet-medium-bound-what = このプレーヤーとこのドライブだけ(あなたのカードと一緒に)
wallet-medium-none = このウォレットにはプレーヤーとドライブが接続されていません。メディアで支払ったものは、その両方に限られます。
wallet-medium-none-how = devices/player と devices/drive に置くか、--player と --drive を付けてウォレットを起動してください。
wallet-medium-yes = このメディアで支払う
wallet-medium-other = 別の方法で支払う
wallet-bound = 再生できる場所
wallet-bound-what = 登録したプレーヤーとドライブだけ(このカードと一緒に)

# メディアからコピーするページ
media-title = メディアからコピー
media-what = 持っているディスクやメモリーをドライブにコピーします。
media-lead = 持っているディスクやメモリーを、1回だけドライブにコピーします。カードと、このプレーヤーとドライブがあれば、ネットワークなしで再生できます。
media-none = 登録済みのカード、プレーヤー、ドライブがありません。コピーには3つとも必要です。
media-none-how = アカウントのあるゲートウェイで、一度だけ登録してください。
media-in = このパソコンにあるメディア
media-in-none = このパソコンにメディアはありません。
media-other = 別のフォルダー、またはイメージ
media-other-hint = MEDIUM.TXT と CONTENT.KFR が入っているもの。
media-at-most = 支払いの上限
media-at-most-hint = 多くのメディアは購入時に支払い済みです。鍵の代金がこれを超える場合は、何も起こりません。
media-do = このドライブにコピー
media-going = { $title }をコピーしています
media-asking = 鍵を問い合わせています…
media-percent = { $n } %
media-going-text = この画面は閉じてもかまいません。中断しても、続きから再開できます。
media-done = { $title }をドライブにコピーしました。
media-cost = 鍵の代金: { $sum }
media-unreported = まだ報告していません(ゲートウェイが応答しませんでした)。再生はできます。次のコピーのときに報告します。
media-stopped = { $title }はコピーできませんでした
media-again = 続ける
media-copies = ドライブにあるもの
