# 紛失したカード(発行会社の担当者)
losses-title = 紛失したカード
losses-lead = 紛失が確かめられたカードの状態、待っていること、必要な対応です。名前はここにはありません。
losses-none = 紛失したカードはありません。
losses-card = 紛失したカード
losses-stopped = 停止
losses-stands = 状態
losses-back = 戻った金額
losses-held = 保留中
losses-do = 対応
losses-to = 引き継いだカード { $card }
losses-waits = { $day }に残高を引き継ぎます
losses-follows = 次の処理で残高を引き継ぎます
losses-open = { $n ->
   *[other] 途中の支払い{ $n }件
  }
losses-done = すべて戻りました
losses-empty = 残高はありませんでした
losses-rest = 途中の支払いを除いて戻りました
losses-late = 停止後に分かったオフラインの支払い { $sum }
losses-do-wait = 対応は不要です。停止前の支払いがそれまでに届くことがあり、先に支払われます。
losses-do-nothing = 対応は不要です。
losses-do-rest = いまは対応不要です。毎週確かめます。決着しない支払いは期限後に無効となり、残高に戻ります。
losses-day = 待つ期間は、証明書の有効期間と報告の期限によります。早く問い合わせた方にも同じ日をお伝えします。

# 担当者が確かめるカード
cases-title = 調査
cases-lead = 同じことを2回述べたカードと、残高を超えて使われたカードです。証明はカードを特定しますが、残高の不足だけでは、渡した側の不正による場合があります。停止する前に確かめてください。
cases-none = 調査中のものはありません。
cases-card = カード
cases-proofs = 証明されたこと
cases-no-proof = ありません。残高だけが手がかりです。
cases-proof = { $what ->
    [two-slips-one-number] 1つの番号で2つの支払い
    [two-gifts-one-number] 1つの番号で2つのコピー
    [gave-and-voided] コピーを渡し、同じ取引を断った
   *[other] 発行元が偽りと示した事実
  }
cases-below = 残高を超えて支払われた額
cases-active = 有効
cases-frozen = 復元されたカードとして再開待ち
cases-stopped = 停止、失効
cases-lost = 紛失により停止、失効
cases-do-look = 確かめてください。持ち主が不正を受けた場合もあります。持っている作品はいずれにしても再生できます。
cases-do-stopped = 持ち主から問い合わせがあるかもしれません。誤って復元されたものなら、再開を認めてください。
cases-do-frozen = 対応は不要です。発行会社が再開すると取引できます。
cases-do-nothing = 対応は不要です。別のカードが引き継いでいます。
cases-stop = このカードを停止する
cases-pardon = 再開を認める
