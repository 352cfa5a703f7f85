// Charts of requests over time, by uPlot. A table beside each tells the same, so a screen reader has nothing to miss here.
"use strict";

// A plot (data-chart) draws the figures (data-bars) of the element with the id that it names.
const charts = new Map(); // plot → uPlot

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

// Bars lie on one another: the sum of all is drawn first, and the first series last, in front.
function stacked(bars) {
  const sums = [];
  let below = bars.at.map(() => 0);
  for (const series of bars.series) {
    below = below.map((n, i) => n + series.values[i]);
    sums.unshift(below);
  }
  return [bars.at, ...sums];
}

function when(bars, seconds) {
  const at = new Date(seconds * 1000);
  if (bars.days) return at.toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const until = new Date(at.getTime() + bars.step * 1000);
  return at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) + "–" + until.toLocaleTimeString(undefined, { timeStyle: "short" });
}

function tick(bars, seconds) {
  const at = new Date(seconds * 1000);
  if (bars.days) return at.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function options(plot, bars) {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const shown = [...bars.series].reverse().map((series, i) => ({
    label: series.name,
    fill: colour(series.colour),
    stroke: colour(series.colour),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ size: [0.8, 60], align: 1 }),
    value: (_, __, ___, at) => (at == null ? "" : bars.series[bars.series.length - 1 - i].values[at].toLocaleString()),
  }));
  return {
    width: Math.max(plot.clientWidth, 200),
    height: 220,
    tzDate: bars.days ? (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : (seconds) => new Date(seconds * 1000),
    scales: {
      x: { range: () => [bars.at[0], bars.at[bars.at.length - 1] + bars.step] },
      y: { range: (_, __, most) => [0, Math.max(most * 1.05, 4)] },
    },
    axes: [{ ...axis, space: 70, values: (_, splits) => splits.map((seconds) => tick(bars, seconds)) }, { ...axis, size: 60, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8, 1e9] }],
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    legend: { live: true },
    series: [{ label: "Time", value: (_, seconds) => (seconds == null ? "" : when(bars, seconds)) }, ...shown],
  };
}

function draw(plot) {
  const figures = document.getElementById(plot.dataset.chart);
  if (!figures || typeof uPlot === "undefined") return;
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", figures.dataset.summary + " The table below has the figures.");
  const bars = JSON.parse(figures.dataset.bars);
  charts.get(plot)?.destroy();
  plot.replaceChildren();
  charts.set(plot, new uPlot(options(plot, bars), stacked(bars), plot));
}

function drawAll() {
  for (const [plot, chart] of charts) {
    if (!plot.isConnected) {
      chart.destroy();
      charts.delete(plot);
    }
  }
  document.querySelectorAll("[data-chart]").forEach(draw);
}

drawAll();

// They are drawn again when their figures change, when the theme does, and to fit.
new MutationObserver(drawAll).observe(document.querySelector("main"), { subtree: true, attributeFilter: ["data-bars"] });
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
const fit = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const chart = charts.get(target);
    if (chart && contentRect.width > 0 && Math.abs(chart.width - contentRect.width) > 1) {
      chart.setSize({ width: Math.max(contentRect.width, 200), height: chart.height });
    }
  }
});
document.querySelectorAll("[data-chart]").forEach((plot) => fit.observe(plot));
