// Hands the offer behind the "#" to this wallet, which asks the seller and shows what it was told. It pays nothing.
"use strict";
(() => {
  const offer = location.hash.slice(1) || sessionStorage.getItem("offer") || "";
  if (!/^[A-Za-z0-9_-]{1,200000}$/.test(offer)) {
    // Nothing to ask about: said, instead of waiting for ever.
    document.getElementById("wait").hidden = true;
    document.getElementById("none").hidden = false;
    return;
  }
  const base = localStorage.getItem("page");
  if (!base) {
    // This browser is not known yet: it is asked for a code first, and comes back here.
    sessionStorage.setItem("offer", offer);
    location.replace("/");
    return;
  }
  sessionStorage.removeItem("offer");
  history.replaceState(null, "", location.pathname);
  document.getElementById("offer").value = offer;
  const form = document.getElementById("ask");
  form.action = base + "/ask";
  form.submit();
  // Whoever answers slowly is named, and asking can be stopped: nothing was agreed to, so nothing changes.
  const show = (id, is) => { document.getElementById(id).hidden = !is; };
  const slow = setTimeout(() => show("slow", true), 5000);
  document.getElementById("stop").addEventListener("click", () => {
    clearTimeout(slow);
    window.stop();
    show("wait", false);
    show("slow", false);
    show("stopped", true);
  });
})();
