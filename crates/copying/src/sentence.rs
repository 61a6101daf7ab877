//! Sentences: what a user reads of a registration or a key, above all when copy management says no. The sources' own sentences stand word for word; each is
//! followed by what to do. In English and Japanese, by the refusal's code.

/// A refusal's code and its sentences.
struct Line {
    code: &'static str,
    en: &'static str,
    ja: &'static str,
}

const LINES: &[Line] = &[
    Line {
        code: "card-unknown",
        en: "User registration cannot be completed with this memory card. Compare the number with the card's label, or have the card exchanged.",
        ja: "このメモリーカードではユーザー登録を完了できません。カードのラベルの番号を確かめるか、カードを交換してください。",
    },
    Line {
        code: "player-unknown",
        en: "User registration cannot be completed with this player. Compare the number with the player's label, or have the player exchanged.",
        ja: "このプレーヤーではユーザー登録を完了できません。プレーヤーのラベルの番号を確かめるか、プレーヤーを交換してください。",
    },
    Line {
        code: "drive-unknown",
        en: "User registration cannot be completed with this drive. Compare the number with the drive's label, or have the drive exchanged.",
        ja: "このドライブではユーザー登録を完了できません。ドライブのラベルの番号を確かめるか、ドライブを交換してください。",
    },
    Line {
        code: "user-invalid",
        en: "User ID invalid, please complete user registration. Registering this card again keeps everything you copied.",
        ja: "ユーザーIDが無効です。ユーザー登録を行ってください。このカードで登録し直しても、コピーした作品はそのまま残ります。",
    },
    Line {
        code: "medium-used",
        en: "Content cannot be copied from this medium. It was copied before, or it is not a genuine medium; its own owner can still play what was copied.",
        ja: "このメディアからコンテンツをコピーすることはできません。すでにコピーされたか、正規のメディアではありません。コピーした本人は引き続き再生できます。",
    },
    Line {
        code: "copy-not-permitted",
        en: "Copy is not permitted. This player or this drive is not the one you registered. Attach the registered one, or register this one.",
        ja: "コピーは許可されていません。このプレーヤーまたはドライブは登録されたものではありません。登録したものを接続するか、これを登録してください。",
    },
    Line {
        code: "playback-not-permitted",
        en: "Content reproduction is not permitted. This copy plays on the registered player and drive only, with its owner's card.",
        ja: "コンテンツの再生は許可されていません。このコピーは、登録されたプレーヤーとドライブで、持ち主のカードがある場合にだけ再生できます。",
    },
    Line {
        code: "reissue-refused",
        en: "A new card cannot be made with these. Check the User ID on your paper and your word, or come to the counter with both.",
        ja: "この内容ではカードを再発行できません。控えのユーザーIDと合言葉を確かめるか、両方を持って窓口へお越しください。",
    },
    Line {
        code: "too-many-tries",
        en: "Too many tries. Nothing was used up; try again tomorrow, or ask at the counter.",
        ja: "試行回数が多すぎます。何も使われていません。明日もう一度お試しいただくか、窓口へお問い合わせください。",
    },
    Line {
        code: "price-above",
        en: "This content costs more than you agreed to. Nothing was charged and the medium is unused; agree to the price on its label.",
        ja: "このコンテンツの料金は承諾した金額を超えています。料金はかからず、メディアも未使用のままです。ラベルの料金を承諾してください。",
    },
    Line {
        code: "balance-too-small",
        en: "Your account at this gateway does not cover it. Nothing was charged and the medium is unused; pay in and try again.",
        ja: "このゲートウェイの残高が足りません。料金はかからず、メディアも未使用のままです。入金してからもう一度お試しください。",
    },
    Line {
        code: "people-first",
        en: "This card was reissued before. A further one is decided by people at the counter; then ask again.",
        ja: "このカードは以前に再発行されています。次の再発行は窓口で決定します。そのあともう一度お試しください。",
    },
    Line {
        code: "ask-malformed",
        en: "This file is no question of a card, player or drive. Choose the file your player wrote.",
        ja: "このファイルはカード、プレーヤー、ドライブの問い合わせではありません。プレーヤーが書き出したファイルを選んでください。",
    },
    Line {
        code: "ask-stale",
        en: "This card has said something newer since. Let it ask anew.",
        ja: "このカードはその後に新しい問い合わせをしています。もう一度問い合わせてください。",
    },
    Line {
        code: "other-way",
        en: "This question was meant for another gateway. Let your player ask over this one.",
        ja: "この問い合わせは別のゲートウェイ宛てです。このゲートウェイ経由で問い合わせてください。",
    },
    Line {
        code: "gateway-needed",
        en: "This content is charged for. Ask over a gateway where there is an account.",
        ja: "このコンテンツは有料です。口座のあるゲートウェイから問い合わせてください。",
    },
    Line {
        code: "server-silent",
        en: "Copy management does not answer at the moment. Nothing was used up and nothing was charged. Try again.",
        ja: "コピー管理サーバーが応答していません。何も使われず、料金もかかっていません。もう一度お試しください。",
    },
    Line {
        code: "other-customer",
        en: "This question came from another account. Sign in with the account it was asked with, or let your card ask anew.",
        ja: "この問い合わせは別の口座からのものです。問い合わせた口座でサインインするか、カードからもう一度問い合わせてください。",
    },
    Line {
        code: "no-customer",
        en: "There is no account here that could pay. Open one at this gateway first.",
        ja: "ここには支払いのできる口座がありません。先にこのゲートウェイで口座を開いてください。",
    },
    Line {
        code: "other-charge",
        en: "The answer charges otherwise than you agreed to. Nothing was charged; tell the gateway's people.",
        ja: "承諾した金額と異なる請求でした。料金はかかっていません。ゲートウェイの窓口にお知らせください。",
    },
    Line {
        code: "server-refused",
        en: "Copy management refused this. Nothing was charged; tell the gateway's people.",
        ja: "コピー管理がこれを受け付けませんでした。料金はかかっていません。ゲートウェイの窓口にお知らせください。",
    },
    Line {
        code: "keeper-waiting",
        en: "This card waits for an answer. Ask that question again first.",
        ja: "このカードは回答を待っています。先に同じ問い合わせをもう一度行ってください。",
    },
    Line {
        code: "answer-not-ours",
        en: "This is no answer to what your card asked. Nothing has changed; ask again.",
        ja: "カードの問い合わせに対する回答ではありません。何も変わっていません。もう一度問い合わせてください。",
    },
    Line {
        code: "no-devices",
        en: "There is no card here, and no player or drive in its place. Say where they are.",
        ja: "カードも、その代わりのプレーヤーやドライブも見つかりません。場所を指定してください。",
    },
    Line {
        code: "devices-busy",
        en: "Another program is at work with these devices. Wait until it has ended.",
        ja: "別のプログラムがこれらの機器を使っています。終わるまでお待ちください。",
    },
    Line {
        code: "earlier-word",
        en: "The word you chose when this card was first registered counts, not the one you typed now. Keep that one with your User ID.",
        ja: "このカードを最初に登録したときの合言葉が有効です。今入力した合言葉は使われません。最初の合言葉をユーザーIDと一緒に保管してください。",
    },
];

/// The English sentence of a refusal, if it is one that users read.
pub fn english(code: &str) -> Option<&'static str> {
    LINES.iter().find(|line| line.code == code).map(|line| line.en)
}

/// The Japanese one.
pub fn japanese(code: &str) -> Option<&'static str> {
    LINES.iter().find(|line| line.code == code).map(|line| line.ja)
}

/// Every code that has sentences.
pub fn codes() -> impl Iterator<Item = &'static str> {
    LINES.iter().map(|line| line.code)
}
