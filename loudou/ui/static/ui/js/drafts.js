// form[data-draft="name"]: what is typed is kept on the device until it is sent, also across a logout by time.
const key = (form) => `draft:${document.documentElement.dataset.user}:${form.dataset.draft}`;
const skip = (field) => !field.name || field.type === "password" || field.type === "file" || field.type === "hidden";

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  const values = {};
  for (const field of form.elements) if (!skip(field) && (field.type !== "checkbox" || field.checked)) values[field.name] = field.value;
  localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values }));
});

function restore(root) {
  for (const form of root.querySelectorAll?.("form[data-draft]") ?? []) {
    const kept = localStorage.getItem(key(form));
    if (!kept || form.querySelector(".errors")) continue;
    const { at, values } = JSON.parse(kept);
    if (Date.now() - at > 7 * 864e5) { localStorage.removeItem(key(form)); continue; }
    for (const field of form.elements) if (!skip(field) && field.type !== "checkbox" && values[field.name] !== undefined && !field.value) field.value = values[field.name];
  }
}

// What the page before this one sent is done with, unless it was refused, or never left and one came back to it.
const sent = sessionStorage.getItem("sent");
const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
if (sent && !back && !document.querySelector(".errors, .form-errors, #stale")) localStorage.removeItem(sent);
sessionStorage.removeItem("sent");
restore(document);
document.addEventListener("htmx:load", (event) => restore(event.target));
document.addEventListener("submit", (event) => { if (event.target.matches?.("form[data-draft]:not([hx-post])")) sessionStorage.setItem("sent", key(event.target)); });
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form[data-draft]");
  if (form && event.detail.successful) localStorage.removeItem(key(form));
});
// Whoever signs out leaves nothing behind on the device.
document.addEventListener("submit", (event) => { if (event.target.matches("[data-sign-out]")) { localStorage.clear(); sessionStorage.clear(); } });
