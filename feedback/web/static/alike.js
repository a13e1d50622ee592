// Similar cases: beside the form while somebody types, and on a case's page. Both are complete without.
(() => {
  "use strict";
  const PAUSE = 1500;
  const LEAST = 8;

  async function fill(place, asked) {
    const answer = await fetch(asked, { redirect: "error" });
    // Our own template, escaped by the server, under a policy that runs no inline script.
    if (answer.ok) place.innerHTML = await answer.text();
  }

  const ofCase = document.querySelector("[data-alike-of]");
  if (ofCase) fill(ofCase, ofCase.dataset.alikeOf).catch(() => {});

  const place = document.querySelector("[data-alike]");
  if (!place) return;
  const form = place.closest("form");
  const names = ["csrf_token", "subject", "body", "item"];
  // Not form.elements, of which `item` is a function.
  const typed = (name) => form.querySelector(`[name="${name}"]`).value;
  let timer = 0;
  let asking = null;
  let last = "";

  async function ask() {
    const fields = new URLSearchParams(names.map((name) => [name, typed(name)]));
    const now = fields.toString();
    if (now === last || typed("body").trim().length < LEAST) return;
    last = now;
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      await fill(place, new Request(place.dataset.alike, { method: "POST", body: fields, signal: asking.signal }));
    } catch (error) {
      // What is shown stays; the button is there all the same.
      if (error.name !== "AbortError") last = "";
    }
  }

  const later = (event) => {
    if (!names.includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
})();
