// What ends in … because there was no room for it is told whole to whoever points at it.
const DEPTH = 3; // what is pointed at may be a part of what is cut

document.addEventListener("mouseover", (event) => {
  let short = event.target;
  for (let up = 0; up < DEPTH && short instanceof HTMLElement; up += 1, short = short.parentElement) {
    if (short.scrollWidth <= short.clientWidth || getComputedStyle(short).textOverflow !== "ellipsis") continue;
    if (!short.closest("[title]")) short.title = short.textContent.trim().replace(/\s+/g, " ");
    return;
  }
});
