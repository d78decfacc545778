// What the browser itself will not send says so as the house does: a sentence in the reader's language beside its field.
const sentences = () => document.getElementById("wrong")?.dataset ?? {};

function sentence(input) {
  const { validity: fault, type } = input, told = sentences();
  if (fault.valueMissing) return told.missing;
  if (fault.rangeUnderflow) return told.least?.replace("{limit}", input.min);
  if (fault.rangeOverflow) return told.most?.replace("{limit}", input.max);
  if (type === "number" && (fault.badInput || fault.stepMismatch)) return told.number;
  if (fault.badInput && /date|time|month|week/.test(type)) return told.date;
  if (type === "email") return told.email;
  return told.value;
}

document.addEventListener("invalid", (event) => {
  const input = event.target, field = input.closest(".field"), text = sentence(input);
  if (!text || input.validity.customError) return;
  if (!field) { input.setCustomValidity(text); return; } // nowhere to stand beside it: the browser's own bubble says it
  event.preventDefault();
  for (const told of field.querySelectorAll(".errors")) told.remove(); // what was told before, here or by the house, was of a value that is gone
  const list = document.createElement("ul"), item = document.createElement("li");
  list.className = "errors";
  list.id = `${input.id || input.name}-wrong`;
  list.dataset.wrong = "";
  list.setAttribute("aria-live", "assertive");
  item.textContent = text;
  list.append(item);
  field.classList.add("bad");
  field.append(list);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-errormessage", list.id);
  if (!input.form || input.form.querySelector("[aria-invalid=true]") === input) { input.scrollIntoView({ block: "center" }); input.focus({ preventScroll: true }); }
}, true);

function clear(field) {
  field.querySelector("[data-wrong]")?.remove();
  if (field.querySelector(".errors")) return;
  field.classList.remove("bad");
  for (const input of field.querySelectorAll("[aria-errormessage]")) { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-errormessage"); }
}
for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => {
  event.target.setCustomValidity?.("");
  const field = event.target.closest?.(".field");
  if (field?.querySelector("[data-wrong]")) clear(field);
}, true);
