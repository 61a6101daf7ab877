// Remembers this browser's page key, so that a link from a shop finds the way to it.
"use strict";
(() => {
  const found = /^\/s\/[a-z2-7]{52}/.exec(location.pathname);
  if (found) localStorage.setItem("page", found[0]);
  sessionStorage.removeItem("tried");
  const waiting = sessionStorage.getItem("offer");
  if (found && waiting) location.replace("/confirm");
})();
