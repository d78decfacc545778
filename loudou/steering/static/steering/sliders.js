// [data-slides=ID]: a slider that writes into the text field of that id, which works without it too.
for (const slider of document.querySelectorAll("[data-slides]")) {
  const field = document.getElementById(slider.dataset.slides);
  const follow = () => { if (field.value) slider.value = parseFloat(field.value) || slider.value; };
  slider.hidden = false;
  slider.addEventListener("input", () => {
    field.value = slider.value + (slider.dataset.unit || "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("change", follow);
  follow();
}
