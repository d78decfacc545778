// The list: acts on many deals show themselves once one is chosen; a value is changed where it stands ([data-part]).
function hide(root) { for (const bar of root.querySelectorAll?.("[data-start-hidden]") ?? []) bar.hidden = true; }
hide(document);
document.addEventListener("htmx:load", (event) => hide(event.target));

const hand = matchMedia("(hover: hover) and (min-width: 761px)"); // a finger opens the deal
let changing = "";

function change(row, part) {
  const link = row.querySelector("td.lead a");
  changing = link.id;
  window.htmx.ajax("GET", `${link.pathname}edit/${part ? `?part=${part}` : ""}`, { source: link, target: "#dialog", swap: "innerHTML" });
}
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("[data-changes] > td[data-part]");
  if (!cell || !hand.matches || event.target.closest("a, button, input") || String(getSelection())) return;
  change(cell.parentNode, cell.dataset.part);
});
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr[data-changes]");
  if (event.key !== "e" || !row || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  event.preventDefault();
  change(row, "");
});
// The list comes anew after a change: one stands on the same row.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.elt.matches?.("[data-fresh]") && changing) document.getElementById(changing)?.focus({ preventScroll: true });
});
