// Solves the form's proof of work while the person reads. Without JavaScript, or where the browser can't
// (Web Crypto exists only under https and on the own machine), the form goes the other way: see challenge.py.
(() => {
  "use strict";
  const form = document.querySelector("form[data-puzzle]");
  if (!form || !window.Worker || !window.crypto || !window.crypto.subtle) return;
  const send = form.querySelector("[data-send]");
  const challenge = JSON.parse(form.dataset.puzzle);
  const proof = document.createElement("input");
  proof.type = "hidden";
  proof.name = "altcha";
  form.append(proof);

  const worker = new Worker(form.dataset.worker);
  const solved = new Promise((resolve) => {
    worker.onmessage = (message) => resolve(message.data);
    worker.onerror = () => resolve(null);
    worker.postMessage({ type: "work", challenge, counterMode: "uint32", counterStart: 0, counterStep: 1, timeout: 60000 });
  }).then((solution) => {
    worker.terminate();
    if (solution && solution.derivedKey) proof.value = btoa(JSON.stringify({ challenge, solution }));
  });

  let leaving = false;
  form.addEventListener("submit", (event) => {
    if (!event.submitter || event.submitter !== send) return;
    event.preventDefault();
    if (leaving) return; // pressed twice
    leaving = true;
    send.setAttribute("aria-disabled", "true");
    send.textContent = send.dataset.waiting;
    solved.then(() => {
      const step = document.createElement("input");
      step.type = "hidden";
      step.name = send.name;
      step.value = send.value;
      form.append(step);
      form.submit();
    });
  });
})();
