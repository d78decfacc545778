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

addEventListener("resize", () => { for (const [box, chart] of charts) if (box.isConnected) chart.resize(); else charts.delete(box); });
new MutationObserver(() => { if (window.echarts) for (const box of charts.keys()) if (box.isConnected) draw(box, window.echarts); })
  .observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
