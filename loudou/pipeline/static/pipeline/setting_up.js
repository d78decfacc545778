// Stages and their marks are dragged by their handle: a stage is placed by its own form, a row is numbered anew.
function attach(root) {
  for (const list of root.querySelectorAll?.("[data-stages]") ?? []) {
    if (list.dataset.ready) continue;
    list.dataset.ready = "1";
    window.Sortable.create(list, { handle: "[data-drag]", animation: 120, onEnd: placed });
  }
  for (const list of root.querySelectorAll?.("[data-sort-rows]") ?? []) {
    if (list.dataset.ready) continue;
    list.dataset.ready = "1";
    window.Sortable.create(list, { handle: "[data-drag]", animation: 120, onEnd: () => number(list) });
  }
}

function placed(event) {
  if (event.oldIndex === event.newIndex) return;
  const form = event.item.querySelector("[data-place]"), to = form.querySelector("input[name=to]");
  to.disabled = false;
  to.value = event.newIndex;
  form.requestSubmit();
}

function number(list) {
  [...list.querySelectorAll("input[name$='-ORDER']")].forEach((field, place) => { field.value = place + 1; });
}

attach(document);
document.addEventListener("htmx:load", (event) => attach(event.target));
