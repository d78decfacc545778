// <details class="menu|help">: one open at a time, closed by Escape or a click elsewhere.
const open = () => document.querySelectorAll("details.menu[open], details.help[open]");
document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of open()) { menu.open = false; menu.querySelector("summary")?.focus(); }
});
// Keep an opened sheet inside the window.
document.addEventListener("toggle", (event) => {
  const sheet = event.target.open && event.target.querySelector?.(":scope > .sheet");
  if (!sheet) return;
  sheet.classList.remove("shift");
  const box = sheet.getBoundingClientRect();
  if (box.left < 8) event.target.classList.add("left");
  else if (box.right > innerWidth - 8) { event.target.classList.remove("left"); if (event.target.matches(".help")) sheet.classList.add("shift"); }
}, true);
// What was cut short for want of room is told whole under the pointer.
document.addEventListener("mouseover", (event) => {
  const cut = event.target.closest?.(".clip, .ellipsis, .chip, .next, .warn > span");
  if (cut && !cut.title && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent.trim().replace(/\s+/g, " ");
});
// What is looked for while one types goes on being looked for when a filter beside it is chosen.
document.addEventListener("htmx:afterRequest", (event) => {
  const input = event.detail.requestConfig?.elt;
  if (!input?.matches("input[type=search][hx-replace-url]")) return;
  for (const link of input.closest(".bar")?.querySelectorAll("details a[href]") ?? []) {
    const to = new URL(link.href);
    if (to.pathname !== location.pathname) continue;
    if (input.value) to.searchParams.set(input.name, input.value); else to.searchParams.delete(input.name);
    link.href = to.pathname + to.search;
  }
});
