// form[data-outbox]: what it sends is kept on the device first, files too, and leaves again only when the house has it.
// Without a connection it stays and goes when that returns, from whatever page is open then. The server takes it once.
const bar = () => document.getElementById("outbox");
const user = document.documentElement.dataset.user;
let waiting = 0;
let sending = false;

function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("loudou", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction("outbox", mode).objectStore("outbox"));
  });
}
const done = (asked) => new Promise((resolve, reject) => {
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
const put = async (letter) => done((await store("readwrite")).put(letter));
const drop = async (letter) => done((await store("readwrite")).delete(letter.id));
const mine = async () => (await done((await store("readonly")).getAll())).filter((letter) => letter.user === user);

function say(name, letter) {
  const box = bar();
  if (!box) return;
  box.hidden = false;
  box.classList.toggle("bad", name === "refused");
  const link = document.createElement("a");
  link.href = letter.page;
  link.textContent = letter.label;
  const [before, after] = box.dataset[name].split("{what}");
  box.replaceChildren(before, link, after ?? "");
}

async function send(letter) {
  const body = new FormData();
  for (const [name, value] of letter.fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
  const answer = await fetch(letter.to, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
  if (answer.status === 204) return { name: "sent", at: answer.headers.get("HX-Redirect") };
  return { name: answer.status === 401 || answer.status >= 500 || answer.status === 0 ? "kept" : "refused" };
}

async function settle(letter, form) {
  let outcome;
  try { outcome = await send(letter); } catch { outcome = { name: "kept" }; }
  if (outcome.name === "kept") { sessionStorage.removeItem("sent"); say("kept", letter); return false; }
  await drop(letter);
  if (outcome.name === "sent") {
    if (letter.draft) localStorage.removeItem(letter.draft);
    if (form) location.assign(outcome.at); else say("sent", letter);
    return true;
  }
  if (form) form.submit(); else say("refused", letter); // its own page says beside which field
  return true;
}

async function flush() {
  if (!user || sending || !navigator.onLine) return;
  sending = true;
  try {
    const letters = await mine();
    waiting = letters.length;
    for (const letter of letters) {
      if (!(await settle(letter, document.querySelector(`form[data-outbox][action="${letter.to}"]`)))) break;
      waiting -= 1;
    }
  } finally { sending = false; }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches?.("form[data-outbox]") || !("indexedDB" in window)) return;
  event.preventDefault();
  for (const field of form.querySelectorAll("[data-now]")) field.value = new Date().toISOString();
  const letter = {
    id: crypto.randomUUID?.() ?? String(Date.now()), user, to: form.getAttribute("action"), page: location.pathname,
    label: form.dataset.label, fields: [...new FormData(form, event.submitter)].filter(([, value]) => !(value instanceof File) || value.size),
    draft: form.dataset.draft ? `draft:${user}:${form.dataset.draft}` : "",
  };
  try { await put(letter); } catch { form.submit(); return; }
  waiting += 1;
  if (await settle(letter, form)) waiting -= 1;
  else {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
  }
});

// Who signs out takes nothing along: what could not be sent is asked about, then gone.
document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("[data-sign-out]") || !waiting) return;
  if (confirm(bar()?.dataset.leave ?? "")) indexedDB.deleteDatabase("loudou");
  else { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);
addEventListener("online", flush);
flush();
