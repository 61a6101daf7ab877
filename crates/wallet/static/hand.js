// Turns the parts of a code over by itself, and looks for codes through the camera. Everything works without it, by hand.
"use strict";
(() => {
  const parts = [...document.querySelectorAll("#codes .code-part")];
  const next = document.getElementById("next-part");
  if (parts.length > 1) {
    let shown = Math.max(0, parts.findIndex((part) => !part.hidden));
    const turn = () => {
      parts[shown].hidden = true;
      shown = (shown + 1) % parts.length;
      parts[shown].hidden = false;
    };
    // Twice a second: under the three a second that flashing may have, and slow enough for a camera.
    let turning = setInterval(turn, 500);
    next.addEventListener("click", (event) => {
      event.preventDefault();
      clearInterval(turning);
      turn();
    });
  }

  const box = document.getElementById("camera");
  if (!box) return;
  box.hidden = false;
  const button = document.getElementById("camera-button");
  const view = document.getElementById("camera-view");
  const said = document.getElementById("camera-said");
  const canvas = document.createElement("canvas");
  let stream = null;

  // One byte of brightness for each pixel, behind width and height.
  const frame = () => {
    const scale = Math.min(1, 1024 / Math.max(view.videoWidth, view.videoHeight));
    const width = Math.round(view.videoWidth * scale);
    const height = Math.round(view.videoHeight * scale);
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(view, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const out = new Uint8Array(4 + width * height);
    out.set([width >> 8, width & 255, height >> 8, height & 255]);
    for (let at = 0; at < width * height; at += 1) {
      out[4 + at] = (data[4 * at] * 77 + data[4 * at + 1] * 150 + data[4 * at + 2] * 29) >> 8;
    }
    return out;
  };

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    view.hidden = true;
    button.textContent = box.dataset.on;
  };

  const look = async () => {
    if (!stream) return;
    if (stream.getVideoTracks().every((track) => track.readyState === "ended")) {
      stop();
      said.textContent = box.dataset.none;
      return;
    }
    if (view.videoWidth > 0) {
      try {
        const answer = await fetch(box.dataset.to, {
          method: "POST",
          headers: { "content-type": "application/octet-stream", "keyfare-form": box.dataset.token },
          body: frame(),
        });
        const told = await answer.json();
        if (told.go) {
          stop();
          location.assign(told.go);
          return;
        }
        if (told.text) said.textContent = told.text;
        if (!answer.ok) {
          stop();
          said.textContent = told.detail;
          return;
        }
      } catch {
        // The wallet is busy or gone; the next frame tries again.
      }
    }
    setTimeout(look, 150);
  };

  button.addEventListener("click", async () => {
    if (stream) {
      stop();
      said.textContent = "";
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch {
      said.textContent = box.dataset.none;
      return;
    }
    view.srcObject = stream;
    view.hidden = false;
    await view.play();
    button.textContent = box.dataset.off;
    said.textContent = box.dataset.looking;
    look();
  });
})();
