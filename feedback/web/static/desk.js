// Selecting cases and acting on them by keys; and who else has a case open. Every page is complete without this file.
(() => {
  "use strict";
  const bulk = document.querySelector("[data-bulk]");
  const keys = document.querySelector("[data-keys]");
  const boxes = bulk ? [...document.querySelectorAll("[data-queue] .pick input")] : [];
  const fields = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";
  const acts = { e: "assign", y: "accept", d: "decline", c: "classify", m: "join", u: "urgent", "!": "spam" };

  function tell() {
    const count = boxes.filter((box) => box.checked).length;
    const said = bulk.querySelector("[data-bulk-count]");
    said.dataset.none = said.dataset.none || said.textContent;
    said.textContent = count ? `${said.dataset.words} ${count}` : said.dataset.none;
    bulk.classList.toggle("some", count > 0);
  }

  const own = () => document.querySelector("[data-row][aria-current] .pick input");

  function pick() {
    const box = own();
    if (box) box.click();
  }

  function pickAll() {
    const isSome = boxes.some((box) => !box.checked);
    boxes.forEach((box) => (box.checked = isSome));
    tell();
  }

  // Without a selection the case that one stands on is meant.
  function begin(act) {
    if (!boxes.some((box) => box.checked)) {
      if (!own()) return;
      own().checked = true;
    }
    bulk.querySelector("select").value = act;
    bulk.requestSubmit();
  }

  if (bulk) {
    boxes.forEach((box) => box.addEventListener("change", tell));
    // A page that the browser shows again has kept its ticks.
    window.addEventListener("pageshow", tell);
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (keys && keys.open)) return;
      if (event.target.closest(fields)) return;
      if (event.key === "x") pick();
      else if (event.key === "*") pickAll();
      else if (acts[event.key]) begin(acts[event.key]);
      else return;
      event.preventDefault();
    });
  }

  const here = document.querySelector("[data-presence]");
  if (!here) return;
  const every = 60_000;
  let last = 0;

  const body = () => {
    const said = new FormData();
    said.append("csrf_token", here.dataset.token);
    said.append("version", here.dataset.version);
    return said;
  };

  async function ask() {
    if (document.visibilityState !== "visible" || Date.now() - last < every / 2) return;
    last = Date.now();
    try {
      const answer = await fetch(here.dataset.presence, { method: "POST", body: body(), redirect: "error" });
      if (!answer.ok) return;
      const said = await answer.text();
      // Our own template, escaped by the server. What has not changed is not read out again.
      if (said.trim() !== here.innerHTML.trim()) here.innerHTML = said;
    } catch {
      // The network is away for a moment; the next minute asks again.
    }
  }

  // Not all at the same moment, where an office opens its cases after a break.
  setTimeout(ask, 3_000);
  setInterval(ask, every + Math.random() * 5_000);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("pagehide", () => navigator.sendBeacon(`${here.dataset.presence}/end`, body()));
})();
