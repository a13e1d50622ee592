// Looks again every two seconds how far something has come, until it is over. Without this file there is a link.
(() => {
  "use strict";
  async function look() {
    const shown = document.querySelector("[data-progress]");
    try {
      const answer = await fetch(window.location.href, { redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("[data-progress]");
      if (next && next.innerHTML !== shown.innerHTML) shown.replaceChildren(...next.childNodes);
      if (next && !next.hasAttribute("data-running")) return;
    } catch (error) {
      if (error.name !== "TypeError") throw error; // the server is away for a moment
    }
    window.setTimeout(look, 2000);
  }
  window.setTimeout(look, 1000);
})();
