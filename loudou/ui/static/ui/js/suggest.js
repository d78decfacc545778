// .suggest: an input that asks the server while typing and fills a hidden field with what was chosen.
const box = (node) => node.closest(".suggest");
const options = (suggest) => [...suggest.querySelectorAll("[role=option]")];

function choose(suggest, option) {
  if (option.dataset.href) return location.assign(option.dataset.href); // what is chosen has first to be made
  suggest.querySelector("input[type=hidden]").value = option.dataset.value;
  const field = suggest.querySelector("input[type=search], input[type=text]");
  field.value = option.dataset.text;
  suggest.querySelector(".options").replaceChildren();
  suggest.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: option.dataset }));
  suggest.querySelector("input[type=hidden]").dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const option = event.target.closest(".suggest [role=option]");
  if (option) choose(box(option), option);
  for (const list of document.querySelectorAll(".suggest .options")) if (!box(list).contains(event.target)) list.replaceChildren();
});
document.addEventListener("input", (event) => {
  const suggest = event.target.matches("input[type=search], input[type=text]") && box(event.target);
  if (suggest) suggest.querySelector("input[type=hidden]").value = "";
});
// What comes after one was chosen was asked before.
document.addEventListener("htmx:beforeSwap", (event) => {
  const suggest = event.detail.target.matches?.(".suggest .options") && box(event.detail.target);
  if (suggest && suggest.querySelector("input[type=hidden]").value) event.detail.shouldSwap = false;
});
document.addEventListener("keydown", (event) => {
  const suggest = box(event.target);
  if (!suggest) return;
  const all = options(suggest);
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length];
    for (const option of all) option.setAttribute("aria-selected", String(option === next));
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(suggest, all[at]); }
  else if (event.key === "Escape") suggest.querySelector(".options").replaceChildren();
});
