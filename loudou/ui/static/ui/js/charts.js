// [data-chart]: draws an ECharts option whose colours are token names; the library is fetched when first needed.
const charts = new Map();
let library;

function colours(value, styles) {
  if (typeof value === "string") return value.startsWith("$") ? styles.getPropertyValue(`--${value.slice(1)}`).trim() : value;
  if (Array.isArray(value)) return value.map((item) => colours(item, styles));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, colours(item, styles)]));
  return value;
}

function load(source) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

function draw(box, echarts) {
  const styles = getComputedStyle(document.documentElement);
  const option = colours(JSON.parse(box.dataset.chart), styles);
  const chart = charts.get(box) ?? echarts.init(box, null, { renderer: "svg" });
  charts.set(box, chart);
  option.textStyle = { fontFamily: styles.getPropertyValue("--font"), ...option.textStyle };
  option.animation = false; // a figure is there at once: on the screen, in print, on the wall
  chart.setOption(option, true);
  chart.off("click");
  chart.on("click", (params) => { const to = params.data?.url; if (to) location.assign(to); });
}

export async function drawAll(root) {
  const boxes = [...(root.querySelectorAll?.("[data-chart]") ?? [])];
  if (!boxes.length) return;
  const echarts = await load(document.querySelector("meta[name=echarts]").content);
  for (const box of boxes) draw(box, echarts);
}

function each(act) {
  for (const [box, chart] of charts) if (box.isConnected) act(box, chart); else charts.delete(box);
}

const root = document.documentElement;
const SHEET = 680; // what a sheet of A4 has room for, in CSS pixels
let screenTheme; // while the page is on its way to the printer

addEventListener("resize", () => each((_box, chart) => chart.resize()));
new MutationObserver(() => each((box) => draw(box, window.echarts))).observe(root, { attributeFilter: ["data-bs-theme"] });
addEventListener("beforeprint", () => { // paper is light, and narrower than a screen
  screenTheme ??= root.dataset.bsTheme ?? "";
  root.dataset.bsTheme = "light";
  each((box, chart) => { chart.resize({ width: Math.min(box.clientWidth, SHEET) }); draw(box, window.echarts); });
});
addEventListener("afterprint", () => {
  if (screenTheme === undefined) return;
  root.dataset.bsTheme = screenTheme;
  screenTheme = undefined;
  each((_box, chart) => chart.resize({ width: "auto" }));
});
