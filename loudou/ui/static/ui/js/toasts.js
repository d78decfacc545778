// Short messages: the server sends HX-Trigger {"toast": {text, undo, bad}}; failures of the line speak for themselves.
const words = () => document.getElementById("toasts")?.dataset ?? {};

// A dialog covers the page and all that stands on it: what failed in it is told in it, what went well closes it.
function tray(bad) {
  const dialog = bad && document.querySelector("dialog[open]");
  if (!dialog) return document.getElementById("toasts");
  const inside = dialog.querySelector(":scope > .toasts") ?? document.createElement("div");
  inside.className = "toasts";
  dialog.append(inside);
  return inside;
}

export function toast({ text, undo = "", undoLabel = "", bad = false, number = "" }) {
  const place = tray(bad);
  if (!place || !text) return;
  const note = document.createElement("div");
  note.className = bad ? "toast-note bad" : "toast-note";
  note.setAttribute("role", bad ? "alert" : "status");
  note.append(text);
  if (number) {
    const code = document.createElement("code");
    code.textContent = number;
    note.append(code);
  }
  if (undo) {
    const button = document.createElement("button");
    button.textContent = undoLabel || words().undo;
    button.addEventListener("click", () => { window.htmx.ajax("POST", undo, { swap: "none" }); note.remove(); });
    note.append(button);
  }
  place.append(note);
  setTimeout(() => note.remove(), undo || number ? 12000 : 6000);
}

// What went wrong, in the house's own sentence; what it has in its log is told with the number it is found by.
function refused(answer) {
  const page = new DOMParser().parseFromString(answer.responseText, "text/html");
  const number = answer.status === 500 ? page.querySelector("[data-number]")?.textContent : "";
  toast({ text: page.querySelector("[data-sentence]")?.textContent.trim() || words().failed, bad: true, number });
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("htmx:sendError", () => toast({ text: words().offline, bad: true }));
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) location.assign(location.href); else refused(detail.xhr);
});
// A refusal stands where the answer goes; an act that waits for none, such as an undo, would be refused unseen.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const into = detail.xhr.getResponseHeader("HX-Reswap") ?? detail.etc?.swapOverride ?? detail.requestConfig.elt.closest("[hx-swap]")?.getAttribute("hx-swap");
  if (into === "none" && [409, 422].includes(detail.xhr.status)) refused(detail.xhr);
});
