# すべての画面に共通の文言。

-keyfare = Keyfare

skip-main = 本文へ進む
dev-realm = 開発用レルム: お試し用の仮のお金です。この鍵には何の保護もありません
sells-with = { $seller }は次の仕組みで販売しています:
motto = 作品のコピーは自由。鍵が料金を運びます。
language = 言語
help = ヘルプ
your-card = あなたのカード
title-of = { $page } | { $site }

span-days = { $n }日間
span-hours = { $n }時間
span-minutes = { $n }分間
size-bytes = { $n }バイト

key-friend = 友だちが払う料金、コピーは{ $n }世代まで
key-friend-endless = 友だちが払う料金、コピーの世代に制限なし
key-friend-move = 友だちが払う料金、譲渡のみでコピーはできません
key-due = 解除にかかる料金
key-torn = 受け渡しの途中
key-home = 発行元に到着
key-up-to = { $n }世代まで
key-endless = 制限なし

bar-purse = 電子マネー残高
bar-escrow = 発行元への預かり料金
bar-way = 受け渡しの途中
bar-all = このカードの合計

wait-stop = 中止する(何も変わりません)
again = もう一度試す

stories = 画面の一覧
stories-lead = すべての画面とその状態を、仮の数字で並べました。開発用レルムでのみ表示されます。
stories-states = { $n }件
