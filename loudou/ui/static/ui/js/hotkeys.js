// Keys: [data-key="c"] is pressed by c, [data-key="g f"] by g then f; j/k walk [data-walk] rows, Enter opens, ? shows all.
// x ticks the row one stands on. Ctrl+Enter sends the form one types in by its main button.
// The list of keys tells those of the page it is opened on, too: its buttons', and what a part says of its own ([data-tells]).
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

document.addEventListener("htmx:afterSwap", (event) => {
  const table = event.detail.target.querySelector?.("[data-keys-here]");
  if (!table) return;
  const told = new Map();
  for (const item of document.querySelectorAll("main [data-key], main [data-tells]")) {
    const text = item.cloneNode(true);
    for (const aside of text.querySelectorAll("kbd, svg")) aside.remove();
    const keys = item.dataset.tells ?? item.dataset.key;
    if (!told.has(keys)) told.set(keys, text.textContent.trim());
  }
  for (const [keys, text] of told) {
    const row = table.tBodies[0].insertRow(), cell = row.insertCell();
    for (const key of keys.split(" ")) { const cap = document.createElement("kbd"); cap.textContent = key; cell.append(cap, " "); }
    row.insertCell().textContent = text;
  }
  table.hidden = !told.size;
});
