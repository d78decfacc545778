// x ticks the row that the keys j and k walked to.
document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog")) return;
  const box = document.activeElement?.closest("[data-walk]")?.querySelector("[data-select]");
  if (!box) return;
  event.preventDefault();
  box.click();
});
