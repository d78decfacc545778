// [data-finder]: arrows walk the [role=option] links below, Enter opens; [data-recent] is filled with what was opened last.
const KEPT = 8;
const mine = () => `recent:${document.documentElement.dataset.user}`;

// What somebody else opened on this device is nobody's business; nor is mine once I am out.
for (const key of Object.keys(localStorage)) if (key.startsWith("recent:") && key !== mine()) localStorage.removeItem(key);

function recents() {
  try { return JSON.parse(localStorage.getItem(mine())) ?? []; } catch { return []; }
}

// A page about one record says so with main[data-record].
if (document.documentElement.dataset.user && document.querySelector("main[data-record]")) {
  const title = document.title.replace(/ · [^·]*$/, "");
  const others = recents().filter((item) => item.path !== location.pathname);
  localStorage.setItem(mine(), JSON.stringify([{ path: location.pathname, title }, ...others].slice(0, KEPT)));
}

function fill(root) {
  for (const box of root.querySelectorAll?.("[data-recent]:not(:has(.hit))") ?? []) {
    for (const [index, item] of recents().entries()) {
      const link = document.createElement("a");
      Object.assign(link, { className: "hit", href: item.path, id: `hit-recent-${index}` });
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
      const title = document.createElement("span");
      title.className = "grow ellipsis";
      title.textContent = item.title;
      link.append(title);
      box.append(link);
      box.hidden = false;
    }
  }
}
fill(document);
document.addEventListener("htmx:load", (event) => {
  const found = event.target.closest?.("[data-finder]");
  found?.querySelector("[role=combobox]")?.removeAttribute("aria-activedescendant"); // what it named is gone
  fill(found ?? event.target.parentElement ?? event.target);
});

document.addEventListener("keydown", (event) => {
  const finder = event.target.closest?.("[data-finder]") ?? document.querySelector("dialog[open] [data-finder]");
  const dialog = event.key === "Escape" && finder?.closest("dialog[open]");
  if (dialog) { event.preventDefault(); dialog.close(); return; } // one press leaves, also where something is typed
  if (!finder || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const all = [...finder.querySelectorAll("[role=option]")];
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    if (event.target.closest("a, button")) return;
    const typed = finder.querySelector("input")?.value.trim();
    const answered = typed && finder.querySelector("[data-for]")?.dataset.for === typed; // else the page of matches opens
    const chosen = all[at] ?? (answered ? all[0] : null);
    if (chosen) { event.preventDefault(); chosen.click(); }
    return;
  }
  event.preventDefault();
  const next = all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length];
  for (const option of all) option.setAttribute("aria-selected", String(option === next));
  next?.scrollIntoView({ block: "nearest" });
  if (next) finder.querySelector("[role=combobox]")?.setAttribute("aria-activedescendant", next.id);
});
