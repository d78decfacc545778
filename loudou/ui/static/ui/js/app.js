// Small behaviours, each attached by a data attribute; none of them knows a route.
import "./dialog.js";
import "./menus.js";
import "./toasts.js";
import "./hotkeys.js";
import "./submit.js";
import "./wrong.js";
import "./drafts.js";
import "./outbox.js";
import "./suggest.js";
import "./select.js";
import "./finder.js";
import "./trail.js";
import "./copy.js";
import "./clipped.js";
import { drawAll } from "./charts.js";

drawAll(document);
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
// A page that comes back refused begins at what has to be put right; so does a form that takes its own place.
function begin(within) {
  const wrong = within?.querySelector("[aria-invalid=true], .errors");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.focus({ preventScroll: true });
}
begin(document.querySelector("main"));
// A page that is one form begins in its first field; not under a thumb, where the keyboard would cover half of it.
if (document.activeElement === document.body && !location.hash && matchMedia("(hover: hover)").matches) {
  const first = document.querySelector(":is(.dialog-page, .form-panel) form :is(input:not([type=hidden], [type=file], [type=checkbox], [type=radio]), select, textarea)");
  if (first && !first.value) first.focus({ preventScroll: true });
}
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.xhr?.status === 422 && event.detail.requestConfig.elt.matches("form")) begin(event.target);
});
document.addEventListener("htmx:load", (event) => drawAll(event.target));
