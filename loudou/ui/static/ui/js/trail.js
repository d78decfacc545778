// The way through a list: a record opened from its row knows its neighbours ([data-pager]; J and K walk them), and who
// comes back finds the list as it was left: what was loaded below, how far down, the row one was on.
const KEPT_PARTS = 20;
const here = () => location.pathname + location.search; // looking for something changes it
const shape = (path) => path.replace(/\d+/g, "#");
const read = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
const keep = (key, value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full: one walks without */ } };

// What was loaded below the first page, in order: by where it is put ([hx-target] of “show more”).
let parts = [];
let loading = false;
const target = (link) => link.getAttribute("hx-target");
const more = (part) => [...document.querySelectorAll(".more a[hx-get]")].find((link) => target(link) === part);

async function load(wanted) {
  loading = true;
  for (const part of wanted.slice(0, KEPT_PARTS)) {
    const link = more(part);
    if (!link) continue;
    const answered = new Promise((resolve) => { link.addEventListener("htmx:afterRequest", resolve, { once: true }); });
    link.click();
    await answered;
  }
  loading = false;
}

document.addEventListener("htmx:afterRequest", (event) => {
  const link = event.detail.requestConfig?.elt; // it has gone with what it was swapped for
  if (event.detail.successful && !loading && link?.matches(".more a[hx-target]")) parts.push(target(link));
});
// A list that is fetched anew after a change ([data-fresh]) keeps what was loaded below it; another list begins again.
let down = 0;
document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.requestConfig.elt.matches?.("[data-fresh]")) down = scrollY; });
document.addEventListener("htmx:afterSettle", async (event) => {
  const asked = event.detail.requestConfig?.elt;
  if (loading || !parts.length || !asked || asked.matches(".more a") || !more(parts[0])) return;
  if (!asked.matches("[data-fresh]")) { if (asked.matches("[hx-replace-url]")) parts = []; return; }
  await load(parts);
  scrollTo(0, down);
});

// Whatever row is opened, its like are its neighbours.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-walk] a[href]");
  if (!link || link.origin !== location.origin || shape(link.pathname) === link.pathname) return;
  const like = [...document.querySelectorAll("[data-walk] a[href]")].filter((one) => shape(one.pathname) === shape(link.pathname));
  const paths = [...new Set(like.map((one) => one.pathname))];
  if (paths.length > 1) keep("trail", { from: here(), paths });
  keep(`left:${here()}`, { parts, y: scrollY, opened: link.pathname });
}, true);

const trail = read("trail");
const pager = document.querySelector("[data-pager]");
const at = trail?.paths.indexOf(location.pathname) ?? -1;
if (pager && at >= 0) {
  for (const [name, path] of [["before", trail.paths[at - 1]], ["after", trail.paths[at + 1]]]) {
    const link = pager.querySelector(`[data-pager-${name}]`);
    if (path) link.href = path; else link.setAttribute("aria-disabled", "true");
  }
  const list = pager.querySelector("[data-pager-list]");
  list.href = trail.from;
  list.addEventListener("click", () => keep("returning", trail.from));
  pager.querySelector("[data-pager-place]").textContent = `${at + 1} / ${trail.paths.length}`;
  pager.hidden = false;
}

// Back on the list: the row that was opened last, or walked to since, is where one stands.
async function restore() {
  const left = read(`left:${here()}`);
  const returning = read("returning") === here();
  sessionStorage.removeItem("returning");
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!left || !(returning || back)) return;
  parts = left.parts;
  await load(parts);
  const walked = trail?.from === here() ? read("walked") : null;
  const row = [...document.querySelectorAll("[data-walk] a[href]")].find((link) => link.pathname === (walked ?? left.opened));
  if (left.parts.length || returning) scrollTo(0, left.y);
  row?.focus({ preventScroll: true });
  if (walked && walked !== left.opened) row?.scrollIntoView({ block: "center" });
}
if (at >= 0) keep("walked", location.pathname);
addEventListener("load", restore);

// On a phone the whole card of a list is its link.
document.addEventListener("click", (event) => {
  const card = event.target.closest?.("table.cards tr[data-walk]");
  if (!card || innerWidth > 760 || event.target.closest("a, button, input, select, label, details") || String(getSelection())) return;
  card.querySelector("td.lead a[href]")?.click();
});
