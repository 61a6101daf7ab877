// Opens the wallet with what the browser has: a code behind the "#", or a page key from earlier. A seller's page may name a
// purchase behind the "#": whoever is known here is led on to it.
"use strict";
(() => {
  const field = document.getElementById("code");
  const door = document.getElementById("door");
  /** Takes the code behind the "#", whenever it comes there. */
  const take = () => {
    const code = location.hash.slice(1);
    if (!/^[a-z2-7]{16}$/.test(code) || !field) return false;
    history.replaceState(null, "", location.pathname + location.search);
    field.value = code;
    // The same page in another language takes the code along.
    for (const link of document.querySelectorAll("a[hreflang]")) link.hash = code;
    if (door) door.submit();
    return true;
  };
  addEventListener("hashchange", take);
  if (take()) return;
  const base = localStorage.getItem("page");
  const deal = /^#deal-([a-z2-7]{52})$/.exec(location.hash);
  if (base && deal) {
    location.replace(base + "/deals/" + deal[1]);
    return;
  }
  if (base && door && !sessionStorage.getItem("tried")) {
    sessionStorage.setItem("tried", "1");
    location.replace(base + "/");
  }
})();
