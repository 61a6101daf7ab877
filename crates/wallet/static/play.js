// The player's controls, for those who have scripts; without them the browser's own controls stand there.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const media = document.querySelector("[data-media]");
  const press = (id) => { const form = $(id); if (form) form.requestSubmit(); };

  // The whole screen, for whatever is looked at.
  for (const button of document.querySelectorAll("[data-screen]")) {
    const wanted = $(button.dataset.screen);
    if (!wanted || !wanted.requestFullscreen) continue;
    button.hidden = false;
    button.addEventListener("click", () => { wanted.requestFullscreen().then(() => wanted.focus()).catch(() => {}); });
  }

  // A file dropped on the page goes into its form.
  const drop = document.querySelector(".drop");
  if (drop) {
    const input = drop.querySelector("input[type=file]");
    const over = (is) => (event) => { event.preventDefault(); drop.classList.toggle("over", is); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        drop.requestSubmit();
      }
    });
  }
  if (!media) return;

  const { at: placed, post, token, of, part } = media.dataset;
  // An album: its tracks follow one another on this page.
  const tracks = [...document.querySelectorAll("[data-track-src]")];
  let track = Number(media.dataset.track || 0);
  const toggle = $("toggle");
  const seek = $("seek");
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds || 0));
    const two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  };
  const draw = () => {
    const long = Number.isFinite(media.duration) ? media.duration : 0;
    $("now").textContent = clock(media.currentTime);
    $("whole").textContent = clock(long);
    seek.max = long;
    if (!seek.matches(":active")) seek.value = media.currentTime;
    seek.setAttribute("aria-valuetext", of.replace("{at}", clock(media.currentTime)).replace("{of}", clock(long)));
    const playing = !media.paused && !media.ended;
    toggle.setAttribute("aria-label", playing ? toggle.dataset.pause : toggle.dataset.play);
    $("is-paused").toggleAttribute("hidden", playing);
    $("is-playing").toggleAttribute("hidden", !playing);
  };

  // Where it is, so that a closed window or a killed wallet costs nothing.
  let told = `${track}:${placed}`;
  const isOver = () => media.ended && track + 1 >= tracks.length;
  const tell = () => {
    const here = Math.floor(media.ended ? 0 : media.currentTime * 1000);
    const at = isOver() ? 0 : track;
    if (told === `${at}:${here}`) return;
    told = `${at}:${here}`;
    const body = new URLSearchParams({ token, at: String(here), track: String(at), ended: String(isOver()) });
    fetch(post, { method: "POST", keepalive: true, body }).catch(() => {});
  };
  setInterval(() => { if (!media.paused) tell(); }, 10000);
  addEventListener("pagehide", tell);
  document.addEventListener("visibilitychange", () => { if (document.hidden) tell(); });

  const from = Number(placed) / 1000;
  const start = () => {
    if (from > 0 && from < media.duration - 1) media.currentTime = from;
    draw();
    media.play().catch(draw);
  };
  if (media.readyState > 0) start();
  else media.addEventListener("loadedmetadata", start, { once: true });

  const hear = (number) => {
    track = number;
    tracks.forEach((link, n) => { if (n === number) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); });
    $("trackname").textContent = tracks[number].textContent;
    $("broke").hidden = true;
    media.src = tracks[number].dataset.trackSrc;
    media.play().catch(draw);
  };
  tracks.forEach((link, number) => link.addEventListener("click", (event) => { event.preventDefault(); hear(number); }));
  // To a track of this album, or beyond its ends to another work.
  const step = (by, id) => {
    if (tracks[track + by]) hear(track + by); else press(id);
  };
  for (const [id, by] of [["previous", -1], ["next", 1]]) {
    const button = document.querySelector(`[form=${id}]`);
    if (button && tracks.length) button.addEventListener("click", (event) => { event.preventDefault(); step(by, id); });
  }

  const broke = () => {
    $(part && media.currentTime > 0 ? "share-ends" : "broke").hidden = false;
    draw();
  };
  media.addEventListener("error", broke);
  media.addEventListener("ended", () => {
    if (track + 1 < tracks.length) { hear(track + 1); return; }
    if (part) $("share-ends").hidden = false;
    tell();
  });
  media.addEventListener("pause", tell);
  for (const name of ["timeupdate", "durationchange", "play", "pause", "ended", "seeked"]) media.addEventListener(name, draw);

  const go = (seconds) => { media.currentTime = Math.min(Math.max(0, media.currentTime + seconds), media.duration || 0); };
  const turn = () => {
    if (media.error) { const here = media.currentTime; media.load(); media.currentTime = here; $("broke").hidden = true; }
    if (media.paused || media.ended) media.play().catch(draw); else media.pause();
  };
  toggle.addEventListener("click", turn);
  $("back").addEventListener("click", () => go(-10));
  $("on").addEventListener("click", () => go(10));
  seek.addEventListener("input", () => { media.currentTime = Number(seek.value); });

  // Keys act while the player has the focus, and nowhere else on the page; whoever wants none switches them off for good.
  const stage = media.closest(".stage");
  const keys = $("keys");
  keys.checked = localStorage.getItem("keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  const own = {
    " ": "a, button, input, summary", ArrowLeft: "input", ArrowRight: "input", n: "", p: "",
  };
  stage.addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const does = { " ": turn, ArrowLeft: () => go(-10), ArrowRight: () => go(10), n: () => step(1, "next"), p: () => step(-1, "previous") }[key];
    // A control keeps the keys that are its own.
    if (!does || (own[key] && event.target.closest(own[key]))) return;
    event.preventDefault();
    does();
  });

  media.controls = false;
  $("transport").hidden = false;
  if (document.activeElement === document.body) toggle.focus({ preventScroll: true });
  draw();
})();
