// The console's one script: passkeys, and how far an upload has come. Every page works without it.
"use strict";

const post = async (where, body) => {
  const answer = await fetch(where, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
};

// A button with data-passkey="create" or "get" asks its form's data-at for options, and brings the answer back there.
const passkey = async (button) => {
  const form = button.closest("form");
  const told = document.getElementById(button.dataset.tells);
  const fields = Object.fromEntries(new FormData(form));
  button.disabled = true;
  told.hidden = true;
  try {
    const options = await post(`${button.dataset.at}/options`, fields);
    const made = button.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    const said = await post(`${button.dataset.at}/passkey`, { ...fields, answer: made.toJSON() });
    location.assign(said.to);
  } catch (no) {
    told.textContent = no.message;
    told.hidden = false;
    button.disabled = false;
  }
};

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) continue;
  button.hidden = false;
  button.addEventListener("click", (event) => { event.preventDefault(); passkey(button); });
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    bar.hidden = false;
    form.querySelector("button").disabled = true;
    request.upload.addEventListener("progress", (at) => { if (at.lengthComputable) bar.value = at.loaded / at.total; });
    request.addEventListener("load", () => {
      // A redirect was followed; what it led to is where the page goes on. A refusal is a page of its own.
      if (request.status < 400) { location.assign(request.responseURL); return; }
      document.open(); document.write(request.responseText); document.close();
    });
    request.addEventListener("error", () => { form.submit(); });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
