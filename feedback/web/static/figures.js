// Draws each table's numbers beside it. The table is the truth, and complete without this file.
(() => {
  "use strict";
  if (!window.Chart) return;
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--act").trim() || "#1b4f7a";
  const line = "#dcd8cf";
  const charts = [];
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = "#20242a";

  function read(table) {
    const rows = [...table.tBodies[0].rows];
    return {
      names: rows.map((row) => row.cells[0].textContent.trim()),
      values: rows.map((row) => Number(row.querySelector("[data-value]").dataset.value)),
    };
  }

  function short(name) {
    return name.length > 14 ? name.slice(0, 13) + "…" : name;
  }

  function draw(place) {
    const { names, values } = read(document.getElementById(place.dataset.of));
    if (!names.length) return;
    place.hidden = false;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", place.dataset.label);
    place.append(canvas);
    const isLine = place.dataset.chart === "line";
    if (!isLine) place.classList.add(names.length > 8 ? "tall" : "low");
    charts.push(
      new Chart(canvas, {
        type: isLine ? "line" : "bar",
        data: { labels: names, datasets: [{ data: values, backgroundColor: ink, borderColor: ink, borderWidth: isLine ? 2 : 0, pointRadius: 2, maxBarThickness: 22 }] },
        options: {
          animation: false,
          maintainAspectRatio: false,
          indexAxis: isLine ? "x" : "y",
          plugins: { legend: { display: false }, tooltip: { displayColors: false } },
          scales: {
            x: { grid: { color: isLine ? "transparent" : line }, beginAtZero: true, ticks: { precision: 0 } },
            y: {
              grid: { color: isLine ? line : "transparent" },
              beginAtZero: true,
              ticks: isLine ? { precision: 0 } : { autoSkip: false, callback: (_value, index) => short(names[index]) },
            },
          },
        },
      }),
    );
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
  // The layout for paper is not there yet when a browser announces it, so its sizes (see figures.css) stand here too.
  const paper = (place) => (place.classList.contains("tall") ? 110 : place.classList.contains("low") ? 45 : 60);
  const pixels = (millimetres) => Math.floor((millimetres * 96) / 25.4);
  window.addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize(pixels(80), pixels(paper(chart.canvas.parentElement)))));
  window.addEventListener("afterprint", () => charts.forEach((chart) => chart.resize()));
})();
