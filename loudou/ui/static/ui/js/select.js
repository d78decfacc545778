// [data-select-all] ticks every [data-select] of its form; [data-selected] shows how many, and hides while none is.
function count(form) {
  const ticked = form.querySelectorAll("[data-select]:checked").length;
  for (const bar of form.querySelectorAll("[data-selected]")) {
    bar.hidden = ticked === 0;
    const number = bar.querySelector("[data-count]");
    if (number) number.textContent = ticked;
  }
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("form");
  if (!form) return;
  if (event.target.matches("[data-select-all]")) for (const box of form.querySelectorAll("[data-select]")) box.checked = event.target.checked;
  if (event.target.matches("[data-select-all], [data-select]")) count(form);
});
