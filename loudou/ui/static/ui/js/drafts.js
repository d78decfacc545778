// form[data-draft="name"]: what is typed is kept on the device until it is sent, also across a logout by time.
const key = (form) => `draft:${document.documentElement.dataset.user}:${form.dataset.draft}`;
const skip = (field) => !field.name || field.type === "password" || field.type === "file" || field.type === "hidden";
const ticked = (field) => field.type === "checkbox" || field.type === "radio";

// A row of a list that may grow meanwhile is known by what it is about ([data-draft-row]), not by its place.
function place(field) {
  const row = field.closest("[data-draft-row]")?.dataset.draftRow;
  const name = row ? `${row}/${field.name.replace(/^.*-\d+-/, "")}` : field.name;
  return ticked(field) ? `${name}=${field.value}` : name;
}
// What a field holds, and what the page itself put there.
const now = (field) => (ticked(field) ? field.checked : field.value);
function given(field) {
  if (ticked(field)) return field.defaultChecked;
  if (field.tagName !== "SELECT") return field.defaultValue;
  return [...field.options].find((option) => option.defaultSelected)?.value ?? field.options[0]?.value ?? "";
}

// What was chosen beside a field of a `suggest`: its name alone would have to be chosen again.
const chosen = (field) => field.closest(".suggest")?.querySelector("input[type=hidden]");

function keep(form) {
  const typed = {};
  for (const field of form.elements) if (!skip(field) && now(field) !== given(field)) typed[place(field)] = { value: now(field), over: given(field), chosen: chosen(field)?.value };
  localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), typed }));
}
for (const kind of ["input", "chosen"]) document.addEventListener(kind, (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keep(form);
});

const DRAFTED = "form[data-draft]";
// What htmx brings into a dialog is the form itself.
const drafted = (root) => (root.matches?.(DRAFTED) ? [root] : [...(root.querySelectorAll?.(DRAFTED) ?? [])]);

function restore(root) {
  for (const form of drafted(root)) {
    const kept = localStorage.getItem(key(form));
    if (!kept || form.querySelector(".errors")) continue;
    const { at, typed } = JSON.parse(kept);
    if (!typed || Date.now() - at > 7 * 864e5) { localStorage.removeItem(key(form)); continue; }
    for (const field of form.elements) {
      const found = skip(field) ? undefined : typed[place(field)];
      if (!found || (given(field) !== found.over && now(field) !== "")) continue; // what the house has changed meanwhile stands
      if (ticked(field)) field.checked = found.value; else field.value = found.value;
      if (chosen(field)) chosen(field).value = found.chosen ?? "";
      field.closest("details")?.setAttribute("open", "");
    }
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
// Before the answer takes the form's place: what comes then is a new one.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const form = event.detail.elt.closest?.("form[data-draft]");
  if (form && event.detail.requestConfig.verb !== "get" && event.detail.xhr.status < 400) localStorage.removeItem(key(form));
});
// Who cancels wants none of it; who merely shuts the dialog comes back to what was typed.
document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-draft] .foot [data-close]")?.closest(DRAFTED);
  if (form) localStorage.removeItem(key(form));
});
// Whoever signs out leaves nothing behind on the device.
document.addEventListener("submit", (event) => { if (event.target.matches("[data-sign-out]")) { localStorage.clear(); sessionStorage.clear(); } });
