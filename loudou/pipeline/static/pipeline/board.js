// The board: cards are dragged, or moved by their menu (m). The server decides; where it says no, the card goes back.
// A finger that rests on a card takes it up: it is dropped on a stage's tab, or beyond the window's edge; let go where it
// was, the menu opens.
const origins = new WeakMap();
let opener = null;

const board = () => document.querySelector("[data-board]");
const gate = () => document.querySelector("[data-gate]");
const address = (card, act) => `/deals/${card.dataset.card}/${act}/`;

function remember(card) { origins.set(card, { parent: card.parentNode, next: card.nextElementSibling }); }
function putBack(card) {
  const { parent, next } = origins.get(card) ?? {};
  if (parent?.isConnected) parent.insertBefore(card, next?.parentNode === parent ? next : null);
}

function attach(root) {
  const options = { group: "deals", draggable: ".deal-card", animation: 120, delay: 180, delayOnTouchOnly: true, touchStartThreshold: 8, sort: false, filter: ".card-menu", preventOnFilter: false };
  for (const list of root.querySelectorAll?.("[data-cards]") ?? []) {
    if (list.dataset.ready) continue;
    list.dataset.ready = "1";
    window.Sortable.create(list, { ...options, onChoose: held, onUnchoose: letGo, onStart: lifted, onMove: over, onEnd: dropped });
  }
  for (const zone of root.querySelectorAll?.("[data-zone], [data-tab]") ?? []) {
    if (zone.dataset.ready) continue;
    zone.dataset.ready = "1";
    window.Sortable.create(zone, { group: "deals", draggable: ".deal-card", sort: false });
  }
  watchTabs();
}

// While a card is in the air, under way or held by its gate, the board stays under it; what came meanwhile comes then.
let late = false;
const staying = () => "dragging" in board().dataset || !gate().hidden || board().querySelector(".deal-card[aria-busy]");
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!board() || event.detail.target !== board() || !staying()) return;
  event.detail.shouldSwap = false;
  late = true;
});
function release() {
  if (!late || staying()) return;
  late = false;
  window.htmx.trigger("body", "deal-changed");
}

// Where a finger came to rest. Once it has rested long enough to mean it, letting go opens the menu and follows no link.
let rest = null;
const FAR = 10, MEANT = 300;
const isFinger = (event) => event?.pointerType === "touch" || event?.type?.startsWith("touch");
const spot = (event) => event.changedTouches?.[0] ?? event;

function held({ item, originalEvent: event }) {
  if (!isFinger(event)) return;
  const { clientX: x, clientY: y } = spot(event);
  rest = { x, y, meant: setTimeout(() => item.classList.add("resting"), MEANT) };
}
function stir() {
  clearTimeout(rest?.meant);
  rest = null;
  document.querySelector(".deal-card.resting")?.classList.remove("resting");
}
document.addEventListener("touchmove", (event) => {
  if (rest && Math.max(Math.abs(spot(event).clientX - rest.x), Math.abs(spot(event).clientY - rest.y)) > FAR) stir();
}, { passive: true });
function letGo({ item, originalEvent: event }) {
  const meant = item.classList.contains("resting") && !event?.type?.endsWith("cancel");
  stir();
  if (!meant) return;
  const unheard = (click) => { click.preventDefault(); click.stopPropagation(); };
  item.addEventListener("click", unheard, { capture: true, once: true });
  document.addEventListener("pointerdown", () => item.removeEventListener("click", unheard, true), { capture: true, once: true });
  showMenu(item.querySelector(".card-menu"));
}

function lifted(event) {
  remember(event.item);
  board().dataset.dragging = "";
  closeGate();
  const zones = document.querySelector("[data-zones]");
  if (zones) zones.hidden = false;
}

function over(event) {
  for (const marked of document.querySelectorAll(".column.target, .over")) marked.classList.remove("target", "over");
  if (event.to.matches("[data-zone], [data-tab]")) event.to.classList.add("over");
  else if (event.to !== event.from) event.to.closest(".column")?.classList.add("target");
}

function dropped(event) {
  for (const marked of document.querySelectorAll(".column.target, .over")) marked.classList.remove("target", "over");
  const zones = document.querySelector("[data-zones]");
  if (zones) zones.hidden = true;
  delete board().dataset.dragging;
  const card = event.item;
  const from = event.from.closest(".column"), to = event.to.closest(".column");
  if (event.to.dataset.zone) { putBack(card); window.htmx.ajax("GET", address(card, event.to.dataset.zone), { target: "#dialog", swap: "innerHTML" }); }
  else if (event.to.dataset.tab) toTab(card, from, event.to);
  else if (from === to) putBack(card);
  else move(card, event.to.dataset.cards);
  release();
}

function toTab(card, from, tab) {
  putBack(card);
  const column = document.querySelector(tab.hash);
  if (column === from) return;
  column.querySelector("[data-cards]").prepend(card);
  move(card, tab.dataset.tab);
}

function move(card, stage) {
  card.setAttribute("aria-busy", "true");
  opener = card.id;
  const query = Object.fromEntries(new URLSearchParams(location.search));
  window.htmx.ajax("POST", address(card, "move"), { source: card, target: "#gate", swap: "innerHTML", values: { ...query, to: stage, version: card.dataset.version, board: "1" } });
}

// Before anything is swapped: does the card stay where it was dropped?
const moved = (event) => { const { elt, verb } = event.detail.requestConfig; return verb === "post" && elt.dataset?.card ? elt : null; };
document.addEventListener("htmx:beforeSwap", (event) => {
  const card = moved(event);
  if (card && event.detail.xhr.getResponseHeader("X-Moved") !== "1") putBack(card);
});
for (const trouble of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(trouble, (event) => { const card = moved(event); if (card) putBack(card); });
document.addEventListener("htmx:afterRequest", (event) => {
  moved(event)?.removeAttribute("aria-busy");
  if (board()) release();
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== gate()) return;
  opener = moved(event)?.id ?? opener;
  if (gate().querySelector("#gate-shut")) openGate(); else closeGate();
  if (gate().hidden && opener) document.getElementById(opener)?.focus({ preventScroll: true });
});

function openGate() {
  const pop = gate(), card = document.getElementById(opener);
  pop.hidden = false;
  if (!card) return;
  const around = pop.offsetParent.getBoundingClientRect(), box = card.getBoundingClientRect(), width = pop.offsetWidth;
  const right = box.right + 12 + width < innerWidth, left = box.left - 12 - width > 0;
  const x = right ? box.right + 12 : left ? box.left - 12 - width : Math.max(12, Math.min(box.left, innerWidth - width - 12));
  const y = right || left ? box.top : box.bottom + 8;
  pop.style.left = `${x - around.left}px`;
  pop.style.top = `${Math.max(y, 60) - around.top}px`;
  card.classList.add("picked");
  pop.querySelector("a, button")?.focus({ preventScroll: true });
  pop.scrollIntoView({ block: "nearest" });
}

function closeGate() {
  for (const card of document.querySelectorAll(".deal-card.picked")) card.classList.remove("picked");
  const pop = gate();
  if (!pop || pop.hidden) return;
  const inside = pop.contains(document.activeElement);
  pop.hidden = true;
  pop.replaceChildren();
  if (inside && opener) document.getElementById(opener)?.focus({ preventScroll: true });
  release();
}

document.addEventListener("click", (event) => {
  if (gate() && !gate().hidden && !gate().contains(event.target)) closeGate();
  if (event.target.closest?.("[data-gate] [data-close]")) closeGate();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && gate() && !gate().hidden) { closeGate(); return; }
  const card = event.target.closest?.(".deal-card");
  if (!card || event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") { event.preventDefault(); card.querySelector("a.customer").click(); }
  else if (event.key === "m") { event.preventDefault(); card.querySelector(".card-menu").click(); }
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft") { event.preventDefault(); sideways(card, event.key === "ArrowRight" ? 1 : -1); }
});

function sideways(card, step) {
  const columns = [...document.querySelectorAll(".column")];
  const here = columns.indexOf(card.closest(".column"));
  const row = [...columns[here].querySelectorAll(".deal-card")].indexOf(card);
  for (let at = here + step; at >= 0 && at < columns.length; at += step) {
    const cards = columns[at].querySelectorAll(".deal-card");
    if (!cards.length) continue;
    cards[Math.min(row, cards.length - 1)].focus();
    return;
  }
}

// On a phone one column fills the screen: the tabs above follow the thumb, and a tab turns to its column.
let watcher;
function watchTabs() {
  watcher?.disconnect();
  const strip = document.querySelector("[data-columns]"), tabs = [...document.querySelectorAll(".stage-tabs a")];
  if (!strip || !tabs.length) return;
  watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const tab of tabs) {
        const on = tab.hash === `#${entry.target.id}`;
        if (on) { tab.setAttribute("aria-current", "true"); tab.parentNode.scrollTo({ left: tab.offsetLeft - 60, behavior: "smooth" }); } else tab.removeAttribute("aria-current");
      }
    }
  }, { root: strip, threshold: 0.6 });
  if (getComputedStyle(strip).scrollSnapType !== "none") for (const column of strip.children) watcher.observe(column);
}
function showMenu(link) { window.htmx.ajax("GET", link.getAttribute("href"), { target: "#dialog", swap: "innerHTML" }); }
document.addEventListener("click", (event) => {
  const menu = event.target.closest?.(".card-menu");
  if (!menu || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  showMenu(menu);
});
// The browser's own menu of a long press would take the card out of the hand.
document.addEventListener("contextmenu", (event) => {
  if (isFinger(event) && event.target.closest?.(".deal-card")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const tab = event.target.closest?.(".stage-tabs a");
  if (!tab) return;
  event.preventDefault();
  const column = document.querySelector(tab.hash);
  column?.parentNode.scrollTo({ left: column.offsetLeft - column.parentNode.offsetLeft, behavior: "smooth" });
});

if (board()) attach(document);
document.addEventListener("htmx:load", (event) => { if (board()) attach(event.target.parentNode ?? event.target); });
