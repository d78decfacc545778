// Keys: [data-key="c"] is pressed by c, [data-key="g f"] by g then f; j/k walk [data-walk] rows, Enter opens, ? shows all.
// x ticks the row one stands on. Ctrl+Enter sends the form one types in by its main button.
let prefix = "";
let timer = 0;
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { press("/", event); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { send(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j" || event.key === "k") { walk(event.key === "j" ? 1 : -1); return; }
  if (event.key === "x" && !prefix && tick(event)) return;
  const keys = prefix ? `${prefix} ${event.key}` : event.key;
  if (press(keys, event)) { prefix = ""; return; }
  const starts = [...document.querySelectorAll("[data-key]")].some((item) => item.dataset.key.startsWith(`${keys} `));
  prefix = starts ? keys : "";
  clearTimeout(timer);
  timer = setTimeout(() => { prefix = ""; }, 1200);
});

function press(keys, event) {
  const item = document.querySelector(`[data-key="${CSS.escape(keys)}"]`);
  if (!item) return false;
  event.preventDefault();
  item.click();
  return true;
}

function tick(event) {
  const box = document.activeElement?.closest("[data-walk]")?.querySelector("[data-select]");
  if (!box) return false;
  event.preventDefault();
  box.click();
  return true;
}

function send(event) {
  const button = event.target.form?.querySelector("button.primary:not(:disabled)");
  if (!button) return;
  event.preventDefault();
  button.click();
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-walk]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  (next.matches("a, [tabindex]") ? next : next.querySelector("a, [tabindex]"))?.focus();
  next.scrollIntoView({ block: "nearest" });
}
