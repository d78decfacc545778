// [data-mention="address"]: while a word after @ is typed, colleagues are offered; the server finds the names in the text.
let asked = 0;
const listOf = (box) => box.querySelector(".mention-list");
function word(field) { return /@([^\s@]{1,20})$/.exec(field.value.slice(0, field.selectionStart)); }

document.addEventListener("input", async (event) => {
  const box = event.target.closest?.("[data-mention]");
  if (!box || event.target.tagName !== "TEXTAREA") return;
  const found = word(event.target), turn = ++asked;
  listOf(box)?.remove();
  if (!found) return;
  const answer = await fetch(`${box.dataset.mention}?q=${encodeURIComponent(found[1])}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || turn !== asked) return;
  const list = document.createElement("ul");
  list.className = "mention-list";
  list.setAttribute("role", "listbox");
  list.innerHTML = await answer.text();
  if (list.querySelector("[role=option]")) box.append(list);
});

function name(box, option) {
  const field = box.querySelector("textarea"), found = word(field);
  if (found) {
    const at = field.selectionStart - found[1].length;
    field.setRangeText(`${option.dataset.text} `, at, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  listOf(box)?.remove();
  field.focus();
}

document.addEventListener("click", (event) => {
  const option = event.target.closest?.(".mention-list [role=option]");
  if (option) name(option.closest("[data-mention]"), option);
  else { asked += 1; for (const list of document.querySelectorAll(".mention-list")) list.remove(); }
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-mention]"), list = box && listOf(box);
  if (!list) return;
  const options = [...list.querySelectorAll("[role=option]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length];
    for (const option of options) option.setAttribute("aria-selected", String(option === next));
  } else if (event.key === "Enter") { event.preventDefault(); name(box, options[Math.max(at, 0)]); }
  else if (event.key === "Escape") { event.stopPropagation(); asked += 1; list.remove(); }
}, true);
