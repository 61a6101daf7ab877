// Opens the wallet with what the browser has: a code behind the "#", or a page key from earlier.
"use strict";
(() => {
  const code = location.hash.slice(1);
  const field = document.getElementById("code");
  if (/^[a-z2-7]{16}$/.test(code) && field) {
    history.replaceState(null, "", location.pathname + location.search);
    field.value = code;
    // The same page in another language takes the code along.
    for (const link of document.querySelectorAll("a[hreflang]")) link.hash = code;
    const door = document.getElementById("door");
    if (door) door.submit();
    return;
  }
  const base = localStorage.getItem("page");
  if (base && document.getElementById("door") && !sessionStorage.getItem("tried")) {
    sessionStorage.setItem("tried", "1");
    location.replace(base + "/");
  }
})();
