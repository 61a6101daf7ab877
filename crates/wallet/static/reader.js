// Looks whether a machine has shown the card something else than this page says, and then shows that. It agrees to nothing.
"use strict";
(() => {
  const page = document.getElementById("reader");
  const { at, state } = page.dataset;
  if (!state) {
    // A story: there is no card to ask.
    return;
  }
  const look = async () => {
    try {
      const answer = await fetch(at + "/state", { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== state) {
        location.replace(at);
        return;
      }
    } catch {
      // The wallet does not answer just now.
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 700);
})();
