// A form is sent once: its buttons rest while it is under way. [data-confirm] asks first; [data-autosubmit] sends on change.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  if (form.matches("[hx-post], [hx-get]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method !== "get") form.dataset.sent = "1";
  setTimeout(() => { for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true"); });
}, true);
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});
document.addEventListener("change", (event) => event.target.closest("form[data-autosubmit]")?.requestSubmit());
