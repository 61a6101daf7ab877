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
losses-do-wait = 対応は不要です。停止前の支払いがそれまでに届くことがあり、先に支払われます。
losses-do-nothing = 対応は不要です。
losses-do-rest = いまは対応不要です。毎週確かめます。決着しない支払いは期限後に無効となり、残高に戻ります。
losses-day = 待つ期間は、証明書の有効期間と報告の期限によります。早く問い合わせた方にも同じ日をお伝えします。
