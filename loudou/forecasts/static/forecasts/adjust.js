// [data-adjust]: what the number typed beside it adds to the roll-up, or takes from it, while it is typed.
const TIMES = { "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8 };

function amount(text) {
  const [, digits, unit] = text.replace(/[\s,，¥￥]/g, "").match(/^(\d+(?:\.\d+)?)([^\d.]?)$/) ?? [];
  if (digits === undefined || (unit && !TIMES[unit])) return null;
  return Number(digits) * (unit ? TIMES[unit] : 1);
}

function tell(line, field) {
  const typed = amount(field.value);
  line.hidden = typed === null;
  if (typed === null) return;
  const added = Math.round((typed - Number(line.dataset.adjust)) * 100) / 100;
  const written = new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(Math.abs(added));
  line.querySelector("b").textContent = added ? `${added > 0 ? "+" : "−"}${written}` : "0";
}

for (const line of document.querySelectorAll("[data-adjust]")) {
  const field = line.parentElement.querySelector("input[name=submitted]");
  if (!field) continue;
  field.addEventListener("input", () => tell(line, field));
  tell(line, field);
}
