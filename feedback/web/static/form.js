// Comforts of the forms; all of them work without.
(() => {
  "use strict";
  const trouble = document.querySelector("[data-trouble]");
  if (trouble) trouble.focus();

  for (const area of document.querySelectorAll("textarea[data-most]")) {
    const count = document.getElementById(`${area.id}-count`);
    const most = Number(area.dataset.most);
    const show = () => {
      const left = most - [...area.value].length;
      count.textContent = (left < 0 ? area.dataset.over : area.dataset.left).replace("{}", String(Math.abs(left)));
      count.classList.toggle("is-over", left < 0);
      // A long way off the limit the number is no news; it is read aloud only near it.
      count.setAttribute("aria-live", left < 200 ? "polite" : "off");
    };
    count.hidden = false;
    area.addEventListener("input", show);
    show();
  }

  // A stray tap on a link must not cost a letter: the browser asks before it leaves.
  for (const form of document.querySelectorAll("form[enctype]")) {
    let written = Boolean(form.elements.body && form.elements.body.value);
    form.addEventListener("input", () => { written = true; });
    form.addEventListener("submit", () => { written = false; });
    window.addEventListener("beforeunload", (event) => { if (written) event.preventDefault(); });
  }

  const files = document.getElementById("attachments");
  if (files) {
    const now = document.getElementById("attachments-now");
    files.addEventListener("change", () => {
      const chosen = [...files.files];
      const size = chosen.reduce((sum, file) => sum + file.size, 0);
      const words = chosen.length > Number(files.dataset.mostFiles) ? files.dataset.tooMany
        : size > Number(files.dataset.mostBytes) ? files.dataset.tooLarge : "";
      now.textContent = words;
      now.hidden = !words;
    });
  }
})();
