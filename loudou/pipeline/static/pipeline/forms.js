// Forms of deals: rows are added, a product brings its price; notes name colleagues.

import "../remarks/mention.js";

// [data-add-row="x"] clones <template data-row-template="x"> into [data-rows="x"] and counts it in the form's total.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add-row]");
  if (!button) return;
  const form = button.form, name = button.dataset.addRow;
  const total = form.querySelector(`[name="${name}-TOTAL_FORMS"]`);
  const html = form.querySelector(`template[data-row-template="${name}"]`).innerHTML.replaceAll("__prefix__", total.value);
  const box = form.querySelector(`[data-rows="${name}"]`);
  box.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  window.htmx.process(box.lastElementChild);
  box.lastElementChild.querySelector("input[type=search]")?.focus();
});

document.addEventListener("chosen", (event) => {
  const price = event.detail.price && event.target.closest("[data-row]")?.querySelector("input[name$='-price']");
  if (price && !price.value) price.value = event.detail.price;
});
