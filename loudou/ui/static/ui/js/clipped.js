// .clip and .ellipsis: what there was no room for is told whole to whoever points at it.
document.addEventListener("mouseover", (event) => {
  const short = event.target.closest?.(".clip, .ellipsis");
  if (!short || short.closest("[title]") || short.scrollWidth <= short.clientWidth) return;
  short.title = short.textContent.trim().replace(/\s+/g, " ");
});
