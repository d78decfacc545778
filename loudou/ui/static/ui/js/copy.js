// [data-copy="#id"]: puts what that element says, or that field holds, on the clipboard, and says so.
import { toast } from "./toasts.js";

function show(root) { for (const button of root.querySelectorAll?.("[data-copy]") ?? []) button.hidden = false; }
show(document);
document.addEventListener("htmx:load", (event) => show(event.target));

// Without a secure line there is no clipboard to write to: what is selected is copied, as by hand.
function byHand(from) {
  if (from.select) from.select(); else getSelection().selectAllChildren(from);
  return document.execCommand("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const from = document.querySelector(button.dataset.copy);
  let done = true;
  try { await navigator.clipboard.writeText(from.value ?? from.innerText.trim()); } catch { done = byHand(from); }
  if (done) toast({ text: button.dataset.done });
});
