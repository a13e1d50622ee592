// Keys and the case beside the queue. Every page is complete without this file.
(() => {
  "use strict";
  const desk = document.querySelector("[data-desk]");
  const beside = document.querySelector("[data-beside]");
  const keys = document.querySelector("[data-keys]");
  const rows = [...document.querySelectorAll("[data-row]")];
  let current = rows.findIndex((row) => row.hasAttribute("aria-current"));
  let loading = null;

  const isWide = () => window.matchMedia("(min-width: 1200px)").matches;
  // In a box that is only ticked there is nothing to type.
  const fields = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";
  const isTyping = (target) => target.closest(fields) !== null;

  async function showBeside(row) {
    if (!beside || !isWide()) return;
    if (loading) loading.abort();
    loading = new AbortController();
    try {
      const answer = await fetch(row.dataset.open + "/preview", { signal: loading.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      // Our own template, escaped by the server, under a policy that runs no inline script.
      beside.innerHTML = await answer.text();
      desk.classList.add("with-case");
      beside.scrollTop = 0;
    } catch (error) {
      if (error.name !== "AbortError") window.location.href = row.dataset.open;
    }
  }

  function choose(index) {
    if (!rows.length) return;
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, place) => {
      if (place === current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    const row = rows[current];
    row.querySelector(".words a").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    showBeside(row);
  }

  function leave(target) {
    if (isTyping(target)) target.blur();
    else if (desk) {
      desk.classList.remove("with-case");
      beside.replaceChildren();
    }
  }

  function follow(name) {
    // What the page itself gives a key to comes before the bar.
    const key = `[data-key~="${name}"]`;
    const link = document.querySelector(`main ${key}`) || document.querySelector(key);
    if (!link) return false;
    if (link.tagName === "A") link.click();
    else {
      const fold = link.closest("details");
      if (fold) fold.open = true;
      link.scrollIntoView({ block: "center" });
      link.focus();
    }
    return true;
  }

  const acts = {
    j: () => choose(current + 1),
    k: () => choose(current - 1),
    o: () => current >= 0 && rows[current] && window.location.assign(rows[current].dataset.open),
    "/": () => follow("/"),
    "?": () => keys && keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const quick = event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form;
    if (quick && !event.isComposing) return quick.requestSubmit();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (keys && keys.open)) return;
    if (event.key === "Escape") return leave(event.target);
    if (isTyping(event.target)) return;
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    } else if (/^[a-z0-9]$/.test(event.key) && follow(event.key)) event.preventDefault();
  });

  rows.forEach((row, place) =>
    row.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || !isWide()) return;
      if (event.target.closest("input, .pick")) return;
      const link = event.target.closest("a");
      if (link && !link.closest(".number")) return;
      event.preventDefault();
      choose(place);
    }),
  );

  const opener = document.querySelector("[data-keys-open]");
  if (opener && keys) {
    opener.hidden = false;
    opener.addEventListener("click", () => keys.showModal());
  }
  // What was typed while somebody spoke must not be lost by a slip of the mouse.
  const draft = document.querySelector("[data-quick]");
  if (draft) {
    let isDirty = false;
    draft.addEventListener("input", () => (isDirty = true));
    draft.addEventListener("submit", () => (isDirty = false));
    window.addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
  }
  const filters = document.querySelector("[data-filters]");
  if (filters) filters.querySelectorAll("select").forEach((pick) => pick.addEventListener("change", () => filters.requestSubmit()));
  if (filters) filters.addEventListener("submit", () => {
    // An address that says only what was asked.
    filters.querySelectorAll("input, select").forEach((field) => {
      if (!field.value || (field.name === "show" && field.value === filters.dataset.filters)) field.disabled = true;
    });
  });
  const wrong = document.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
