// A form is sent once: its buttons rest while it is under way, a moment only where a file comes and the page stays
// ([data-file]). [data-confirm], on a form or a button of it, asks first; [data-autosubmit] sends on change.
const MOMENT = 2_000;

function rest(form) {
  if (form.dataset.sent || form.method === "get") for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
}
function wake(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asked = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (asked && !confirm(asked)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  if (form.matches("[hx-post], [hx-get]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method !== "get") form.dataset.sent = "1";
  setTimeout(() => rest(form));
  if ("file" in form.dataset) setTimeout(() => wake(form), MOMENT);
}, true);
// What htmx sends, too: not again while it is under way, nor while the page it leads to is on its way (htmx marks both).
document.addEventListener("htmx:confirm", (event) => {
  const { elt, verb } = event.detail;
  if (verb !== "get" && elt.matches("form, button") && elt.classList.contains("htmx-request")) event.preventDefault();
});
addEventListener("pageshow", () => {
  for (const form of document.forms) { wake(form); form.classList.remove("htmx-request"); }
});
document.addEventListener("change", (event) => event.target.closest("form[data-autosubmit]")?.requestSubmit());
