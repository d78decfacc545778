// An opinion: [data-starter] chips begin it, letters are counted, the acts wait until it is one's own.
const letters = (text) => text.replace(/\s/g, "").length;
const plain = (text) => text.replace(/\s/g, "").toLowerCase();

function watch(form) {
  const field = form.querySelector("[data-opinion]");
  if (!field || form.dataset.watched) return;
  form.dataset.watched = "1";
  const chips = [...form.querySelectorAll("[data-starter]")];
  const least = Number(form.dataset.least);
  const count = form.querySelector("[data-count]");
  const edited = form.querySelector("[data-edited]");
  const acts = form.querySelectorAll("[data-needs-opinion]");
  for (const part of form.querySelectorAll("[data-starters]")) part.hidden = chips.length === 0;

  function judge() {
    const bare = chips.some((chip) => plain(chip.dataset.starter) === plain(field.value));
    const enough = letters(field.value) >= least;
    count.textContent = count.dataset.text.replace("{n}", letters(field.value)).replace("{least}", least);
    edited.hidden = bare || !enough;
    for (const act of acts) act.disabled = bare || !enough;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(field.value.startsWith(chip.dataset.starter)));
  }

  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-starter]");
    if (!chip) return;
    const former = chips.find((other) => field.value.startsWith(other.dataset.starter));
    field.value = chip.dataset.starter + (former ? field.value.slice(former.dataset.starter.length) : field.value);
    field.focus();
    field.setSelectionRange(chip.dataset.starter.length, chip.dataset.starter.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", judge);
  field.addEventListener("keydown", (event) => {
    const sign = form.querySelector("[data-sign]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !sign.disabled) sign.click();
    if (event.key === "Escape") field.blur();
  });
  judge();
}

for (const form of document.querySelectorAll("#sign-form")) watch(form);
