// form[data-place]: where the device is, to a thousandth of a degree and no finer, is asked for once the person checks
// in, by people who agreed to it; without an answer within six seconds the check-in goes without a place.
const OPTIONS = { enableHighAccuracy: false, maximumAge: 60_000, timeout: 6_000 };

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-place]") || form.dataset.placed === "1") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  delete form.dataset.sent;
  if (form.dataset.placed) return; // it is being asked for
  form.dataset.placed = "asked";
  const go = () => { form.dataset.placed = "1"; form.requestSubmit(event.submitter); };
  if (!navigator.geolocation) { go(); return; }
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    form.elements.latitude.value = coords.latitude.toFixed(3);
    form.elements.longitude.value = coords.longitude.toFixed(3);
    go();
  }, go, OPTIONS);
}, true);
