// [data-dialog]: what htmx puts into #dialog opens as a modal; a link works as a page where there is no script.
const dialog = () => document.getElementById("dialog");
let asked;
let opener = "", place = "main";

// Where one goes on afterwards: at what was opened, or where that is gone, in the part of the page it stood in.
function from(link) {
  const part = link.closest("main section[id], main article[id]");
  opener = link.getAttribute("href") ?? "";
  place = part ? `#${CSS.escape(part.id)}` : "main";
}

// Of several things asked for, the last one opens, whichever answer comes last.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target !== dialog()) return;
  if (!dialog().open) from(event.detail.elt);
  if (asked) asked.overtaken = true;
  asked = event.detail.xhr;
});
document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.xhr.overtaken) event.detail.shouldSwap = false; });

document.addEventListener("htmx:afterSwap", (event) => {
  const box = dialog();
  if (!box || event.detail.target !== box) return;
  if (!box.innerHTML.trim()) { box.close(); return; }
  box.classList.toggle("wide", Boolean(box.querySelector("[data-wide]")));
  if (!box.open) box.showModal();
  enter(box);
});
const WRONG = "[aria-invalid=true]:not([type=hidden])"; // what came back refused begins there
function enter(box) {
  const first = box.querySelector(WRONG) ?? box.querySelector("[autofocus], input:not([type=hidden]), select, textarea") ?? (box.querySelector("form") ? null : box.querySelector("a[href]"));
  if (first) first.focus();
}

// What took the place of what one stood on, as a gate does of the menu, is entered like a dialog of its own; so is a form
// that came back refused in its own place.
document.addEventListener("htmx:afterSettle", (event) => {
  const box = dialog(), refused = event.detail.xhr?.status === 422 && box?.querySelector(WRONG);
  if (box?.open && (refused || document.activeElement === document.body)) enter(box);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) { event.preventDefault(); event.target.closest("dialog")?.close(); }
  if (event.target === dialog()) dialog().close();
});

// That it closed is told a moment later: it may have been opened again by then.
document.addEventListener("close", (event) => { if (event.target === dialog() && !dialog().open) dialog().replaceChildren(); }, true);

// An act that went well closes the dialog it was made in.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.xhr.status === 204) event.detail.elt.closest?.("dialog")?.close();
});

// What opened the dialog may have come anew with the part it stands in ([data-fresh]), or in a menu that is shut again.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!opener || !event.detail.requestConfig?.elt.matches?.("[data-fresh]") || document.activeElement !== document.body) return;
  const link = document.querySelector(`a[href="${CSS.escape(opener)}"]`), shut = link?.closest("details:not([open])");
  (shut?.querySelector("summary") ?? link ?? document.querySelector(`${place} .btn.primary`) ?? document.querySelector(`${place} :is(a[href], button, summary)`))?.focus({ preventScroll: true });
});
