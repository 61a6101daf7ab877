//! Labels: one page to print for a batch: each piece's number, id in groups that can be read aloud, and the id as a code for
//! a camera. A file of its own, without script, that prints on A4 or becomes a PDF in any browser.

use anyhow::{Context, Result};
use copying::{DeviceKind, press::Done};

const STYLE: &str = "\
:root{color-scheme:light dark}*{box-sizing:border-box}\
body{margin:0;padding:24px;font:15px/1.45 system-ui,-apple-system,'Hiragino Sans','Noto Sans JP',sans-serif;background:#fff;color:#16181d}\
@media (prefers-color-scheme:dark){body{background:#14161a;color:#eceef2}}\
header{max-width:72rem;margin:0 auto 20px}h1{font-size:22px;line-height:1.25;margin:0 0 4px}header p{margin:0;opacity:.75}\
ol{list-style:none;margin:0 auto;padding:0;max-width:72rem;display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(15.5rem,1fr))}\
li{display:grid;grid-template-columns:88px 1fr;gap:12px;align-items:center;border:1px solid #9aa0ab;border-radius:8px;padding:10px;background:#fff;color:#16181d;break-inside:avoid}\
li svg{width:88px;height:88px;display:block}li b{display:block;font-size:13px}li b span{display:inline-block;white-space:nowrap}li small{display:block;font-size:11px;color:#4a4f59;overflow-wrap:anywhere}\
code{display:block;margin-top:4px;font:600 13px/1.35 ui-monospace,'SF Mono',Menlo,Consolas,monospace;overflow-wrap:anywhere}\
@page{size:A4;margin:12mm}\
@media print{body{padding:0;background:#fff;color:#000}header{margin-bottom:6mm}ol{grid-template-columns:repeat(3,1fr);gap:4mm}li{border-color:#000;border-radius:2mm;grid-template-columns:22mm 1fr;gap:3mm;padding:2.5mm}li svg{width:22mm;height:22mm}}";

fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What a piece is, in both languages of its label.
const fn words(kind: Option<DeviceKind>) -> (&'static str, &'static str) {
    match kind {
        None => ("Medium", "メディア"),
        Some(DeviceKind::Card) => ("Memory card", "メモリーカード"),
        Some(DeviceKind::Player) => ("Player", "プレーヤー"),
        Some(DeviceKind::Drive) => ("Drive", "ドライブ"),
    }
}

/// The page for a batch.
pub fn page(done: &Done) -> Result<String> {
    let (english, japanese) = words(done.kind);
    let title = plain(done.title.as_deref().unwrap_or(english));
    let ids: Vec<String> = if done.media.is_empty() && done.kind.is_none() {
        // Media without ids are all alike: what is asked for with them is the batch.
        vec![done.id.grouped(); usize::try_from(done.count).unwrap_or(0)]
    } else {
        let media = done.media.iter().map(|id| id.grouped());
        media.chain(done.devices.iter().map(|id| id.grouped())).collect()
    };
    // What a device is, its label says already.
    let about = done.title.as_ref().map_or(String::new(), |_| format!("{title} · "));
    let mut items = String::new();
    for (n, id) in ids.iter().enumerate() {
        let id = id.to_uppercase();
        let said = format!("{english} {} of {}: {id}", n + 1, ids.len());
        let code = courier::code::draw(&id, &said).context("an id does not fit into a code")?;
        items.push_str(&format!(
            "<li>{code}<div><b>{english} <span lang=\"ja\">{japanese}</span></b><small>{about}{} / {}</small><code>{id}</code></div></li>\n",
            n + 1,
            ids.len()
        ));
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Labels: {title}</title><style>{STYLE}</style></head>\n<body><header><h1>{title}</h1><p>Batch {} · {} labels · <span lang=\"ja\">ラベル {}枚</span></p></header>\n<main><ol>\n{items}</ol></main></body></html>\n",
        done.id.grouped().to_uppercase(),
        ids.len(),
        ids.len()
    ))
}

/// The sheet of a shop's vouchers: each code in letters, and for a camera together with the shop it is of.
pub fn codes(label: &str, shop: &str, codes: &[String]) -> Result<String> {
    let title = plain(label);
    let mut items = String::new();
    for (n, code) in codes.iter().enumerate() {
        let said = format!("Code {} of {}: {}", n + 1, codes.len(), plain(code));
        let drawn = courier::code::draw(&format!("{shop}.{code}"), &said).context("a code does not fit")?;
        items.push_str(&format!(
            "<li>{drawn}<div><b>{title}</b><small>{} / {}</small><code>{}</code></div></li>\n",
            n + 1,
            codes.len(),
            plain(code)
        ));
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Vouchers: {title}</title><style>{STYLE}</style></head>\n<body><header><h1>{title}</h1><p>{} codes, each good once · <span lang=\"ja\">コード {}件、それぞれ1回だけ</span></p></header>\n<main><ol>\n{items}</ol></main></body></html>\n",
        codes.len(),
        codes.len()
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use copying::{BatchId, DeviceId, MediumId, press::Form};
    use units::Moment;

    fn done(title: Option<&str>, media: &[u8], devices: &[u8]) -> Done {
        Done {
            id: BatchId([1; 16]),
            count: 3,
            title: title.map(str::to_owned),
            kind: (!devices.is_empty()).then_some(DeviceKind::Card),
            form: Form::Folder,
            media: media.iter().map(|n| MediumId([*n; 16])).collect(),
            devices: devices.iter().map(|n| DeviceId([*n; 16])).collect(),
            at: Moment(0),
        }
    }

    /// A drawn code as a camera sees it: its path's runs of dark squares, four pixels each.
    fn seen(svg: &str) -> Vec<String> {
        const SCALE: usize = 4;
        let number = |text: &str| text.parse::<usize>().unwrap();
        let side = number(svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap());
        let mut luma = vec![255_u8; side * SCALE * side * SCALE];
        let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('M').skip(1) {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y, len) = (number(x), number(y), number(rest.split('v').next().unwrap()));
            for row in y * SCALE..(y + 1) * SCALE {
                let from = row * side * SCALE + x * SCALE;
                luma[from..from + len * SCALE].fill(0);
            }
        }
        courier::code::look(side * SCALE, side * SCALE, &luma).unwrap()
    }

    /// What a camera reads from a printed label is the id that stands below it, and is taken wherever an id is typed.
    ///
    /// proves: CM-1 CM-2
    #[test]
    fn the_code_on_a_label_is_read_as_the_id_beside_it() {
        let html = page(&done(Some("Sun"), &[2, 3, 250], &[])).unwrap();
        let labels: Vec<&str> = html.split("<li>").skip(1).collect();
        assert_eq!(labels.len(), 3);
        for (label, id) in labels.iter().zip([2, 3, 250]) {
            let text = seen(label);
            let printed = label.split("<code>").nth(1).unwrap().split('<').next().unwrap();
            assert_eq!(text, [printed.to_owned()]);
            assert_eq!(text[0].parse::<MediumId>(), Ok(MediumId([id; 16])));
        }
        let html = page(&done(None, &[], &[7])).unwrap();
        let text = seen(html.split("<li>").nth(1).unwrap());
        assert_eq!(text[0].parse::<DeviceId>(), Ok(DeviceId([7; 16])));
    }

    /// proves: CM-1
    #[test]
    fn every_piece_has_a_label_with_its_id_as_text_and_as_a_code() {
        let page_of = |done: &Done| page(done).unwrap();
        let media = page_of(&done(Some("<b>Sun & Moon</b>"), &[2, 3, 4], &[]));
        assert!(media.contains("&lt;b&gt;Sun &amp; Moon") && !media.contains("<b>Sun"));
        for id in [2, 3, 4] {
            assert!(media.contains(&MediumId([id; 16]).grouped().to_uppercase()));
        }
        assert_eq!(media.matches("<svg").count(), 3);
        assert!(page_of(&done(None, &[], &[5])).contains("メモリーカード"));
        assert_eq!(page_of(&done(Some("Gift"), &[], &[])).matches("<li>").count(), 3);
        assert!(!media.contains("<script"));
    }
}
