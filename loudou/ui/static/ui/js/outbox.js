// form[data-outbox]: what it sends is kept on the device first, files too, and leaves again only when the house has it.
// Without a connection it stays and goes when that returns, from whatever page is open then; a line that says it is back
// may not carry yet, so it is tried again. The server takes it once.
const bar = () => document.getElementById("outbox");
const user = document.documentElement.dataset.user;
const [SOON, SELDOM] = [2_000, 60_000];
const pages = "BroadcastChannel" in window ? new BroadcastChannel("outbox") : null;
const leaving = new Set();
const here = new Map(); // by letter: the form on this page it was written in
let waiting = 0;
let flushing = false;
let timer = 0;
let pause = SOON;

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
  box.classList.toggle("info", name === "sent");
  const link = document.createElement("a");
  link.href = letter.page;
  link.textContent = letter.label;
  const [before, after] = box.dataset[name].split("{what}");
  box.replaceChildren(before, link, after ?? "");
}

const post = (letter, token) => {
  const body = new FormData();
  for (const [name, value] of letter.fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", token);
  return fetch(letter.to, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
};

// A page that was open while one signed in anew elsewhere bears an old token; its address has the new one.
// Null while nobody, or somebody else, is signed in: then what is kept waits for who wrote it.
async function token(letter) {
  const answer = await fetch(letter.page, { redirect: "manual" });
  if (answer.status >= 400 && answer.status < 500) return "";
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  const fresh = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!fresh || page.documentElement.dataset.user !== user) return null;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh;
  return fresh;
}

async function send(letter) {
  let answer = await post(letter, document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
  if (answer.status === 403) {
    const fresh = await token(letter);
    if (fresh === null) return { name: "kept" };
    if (fresh) answer = await post(letter, fresh);
  }
  if (answer.status === 204) return { name: "sent", at: answer.headers.get("HX-Redirect") };
  return { name: answer.status === 401 || answer.status >= 500 || answer.status === 0 ? "kept" : "refused" };
}

// Whether the house has answered; otherwise it is tried again.
async function settle(letter, form) {
  let outcome;
  leaving.add(letter.id);
  try { outcome = await send(letter); } catch { outcome = { name: "kept" }; }
  leaving.delete(letter.id);
  if (outcome.name === "kept") {
    sessionStorage.removeItem("sent");
    form?.closest("dialog")?.close(); // what is kept is told on the page below it
    say("kept", letter);
    later();
    return false;
  }
  form = form?.isConnected ? form : null; // a dialog was closed meanwhile
  pause = SOON;
  await drop(letter);
  if (outcome.name === "sent") {
    if (letter.draft) localStorage.removeItem(letter.draft);
    pages?.postMessage({ id: letter.id, page: letter.page, label: letter.label, at: outcome.at });
    if (form) location.assign(outcome.at); else say("sent", letter);
    return true;
  }
  if (form) form.submit(); else say("refused", letter); // its own page says beside which field
  return true;
}

// Another page of this device may have sent what was written on this one.
pages?.addEventListener("message", ({ data }) => {
  if (here.has(data.id)) location.assign(data.at); else if (bar() && !bar().hidden) say("sent", data);
});

async function flush() {
  if (!user || flushing || !navigator.onLine) return;
  flushing = true;
  try {
    const letters = await mine();
    waiting = letters.length;
    for (const letter of letters.filter((each) => !leaving.has(each.id))) {
      if (!(await settle(letter, here.get(letter.id) ?? document.querySelector(`form[data-outbox][action="${letter.to}"]`)))) break;
      waiting -= 1;
    }
  } finally { flushing = false; }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
  pause = Math.min(pause * 2, SELDOM);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches?.("form[data-outbox]") || !("indexedDB" in window)) return;
  event.preventDefault();
  for (const field of form.querySelectorAll("[data-now]")) field.value = new Date().toISOString();
  form.dataset.letter ||= crypto.randomUUID?.() ?? String(Date.now()); // sent again it takes the place of what still waits
  const letter = {
    id: form.dataset.letter, user, to: form.getAttribute("action"), page: location.pathname,
    label: form.dataset.label, fields: [...new FormData(form, event.submitter)].filter(([, value]) => !(value instanceof File) || value.size),
    draft: form.dataset.draft ? `draft:${user}:${form.dataset.draft}` : "",
  };
  try { await put(letter); } catch { form.submit(); return; }
  if (!here.has(letter.id)) waiting += 1;
  here.set(letter.id, form);
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
addEventListener("online", () => { pause = SOON; flush(); });
flush();
