// Short messages: the server sends HX-Trigger {"toast": {text, undo, bad}}; failures of the line speak for themselves.
export function toast({ text, undo = "", undoLabel = "", bad = false }) {
  const tray = document.getElementById("toasts");
  if (!tray || !text) return;
  const note = document.createElement("div");
  note.className = bad ? "toast-note bad" : "toast-note";
  note.setAttribute("role", bad ? "alert" : "status");
  note.append(text);
  if (undo) {
    const button = document.createElement("button");
    button.textContent = undoLabel || tray.dataset.undo;
    button.addEventListener("click", () => { window.htmx.ajax("POST", undo, { swap: "none" }); note.remove(); });
    note.append(button);
  }
  tray.append(note);
  setTimeout(() => note.remove(), undo ? 12000 : 6000);
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("htmx:sendError", () => toast({ text: document.getElementById("toasts")?.dataset.offline, bad: true }));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 422 || status === 409) return;
  if (status === 401) { location.assign(location.href); return; }
  const sentence = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("[data-sentence]");
  toast({ text: sentence?.textContent.trim() || document.getElementById("toasts")?.dataset.failed, bad: true });
});
