// A question that hangs on another ([data-when="name=answer"]) is there, and sent, once that answer is given.
function look(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, answer] = part.dataset.when.split("=");
    const given = (field) => field.name === name && field.value === answer && !field.disabled && (field.type === "radio" || field.type === "checkbox" ? field.checked : true);
    part.hidden = ![...form.elements].some(given);
    for (const field of part.querySelectorAll("input, select, textarea, button")) field.disabled = part.hidden;
  }
}

for (const form of document.querySelectorAll(".fill-form")) {
  look(form);
  form.addEventListener("input", () => look(form));
  form.addEventListener("change", () => look(form));
}
