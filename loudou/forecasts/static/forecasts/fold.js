// A tree drawn as rows: [data-fold] shows and hides the rows whose data-within names it; a row shows when all above it are open.
function draw(table) {
  const shut = new Set();
  for (const fold of table.querySelectorAll("[data-fold][aria-expanded=false]")) shut.add(fold.dataset.fold);
  for (const row of table.querySelectorAll("tr[data-within]")) row.hidden = row.dataset.within.split(" ").some((key) => shut.has(key));
}
document.addEventListener("click", (event) => {
  const fold = event.target.closest("[data-fold]");
  if (!fold) return;
  fold.setAttribute("aria-expanded", fold.getAttribute("aria-expanded") === "false");
  draw(fold.closest("table"));
});
// On a phone the leaders stand alone until one is opened.
if (matchMedia("(max-width: 760px)").matches) {
  for (const fold of document.querySelectorAll("[data-fold]")) fold.setAttribute("aria-expanded", "false");
  for (const table of document.querySelectorAll("table:has([data-fold])")) draw(table);
}
