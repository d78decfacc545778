// Opens the sheet, writes what is typed, shows what others type. Phones and plain browsers keep the table of the page.
import { Grid } from "./grid.js";
import { Model, unit } from "./model.js";
import { Thread } from "./thread.js";

const PAUSE = 300;
const LOOK = 15000;
const panel = document.getElementById("sheet");

// As the page asks for it already while it loads: any other header, and it would be asked for twice.
async function get() {
  const answer = await fetch(panel.dataset.source);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

class Writer {
  constructor(model, words) {
    Object.assign(this, { model, words, waiting: new Map(), busy: false, timer: 0 });
  }

  add(changed) {
    for (const [r, c] of changed) {
      this.model.cell(r, c).pending = true;
      this.waiting.set(`${r}:${c}`, [r, c]);
    }
    this.say(this.words.saving);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  say(text, bad = false) { this.grid.note.textContent = text; this.grid.note.className = bad ? "bad" : "muted"; }

  async send() {
    if (this.busy || !this.waiting.size) return;
    this.busy = true;
    const sent = [...this.waiting.values()];
    this.waiting.clear();
    const cells = sent.map(([r, c]) => {
      const cell = this.model.cell(r, c);
      return [this.model.rows[r].key, this.model.columns[c].key, cell.amount === null ? null : written(cell.amount), cell.version, cell.locked];
    });
    try {
      const answer = await fetch(panel.dataset.target, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": panel.dataset.token }, body: JSON.stringify({ cells }) });
      if (![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
      this.settle(await answer.json(), sent);
    } catch {
      for (const [r, c] of sent) this.waiting.set(`${r}:${c}`, [r, c]);
      this.say(this.words.failed, true);
      this.timer = setTimeout(() => this.send(), 5000);
    }
    this.busy = false;
    if (this.waiting.size && !this.timer) this.timer = setTimeout(() => this.send(), PAUSE);
  }

  settle(told, sent) {
    this.timer = 0;
    if (!told.cells) { this.say(told.sentence, true); return; }
    const columns = new Map(this.model.typed.map((column, c) => [column.key, c]));
    told.cells.forEach((one, place) => {
      const [r, c] = sent[place] ?? [this.model.byKey.get(one.row).place, columns.get(one.column)];
      const cell = this.model.cell(r, c);
      const again = this.waiting.has(`${r}:${c}`);
      const mine = cell.amount;
      cell.pending = again;
      cell.version = one.version;
      cell.sentence = one.sentence && !one.stale ? one.sentence : "";
      if (!one.sentence) return;
      this.model.put(r, c, one.amount === null ? null : BigInt(one.amount.replace(".", "")), !!one.locked);
      if (one.stale) cell.conflict = { mine };
    });
    this.grid.draw();
    if (this.waiting.size) { this.say(this.words.saving); return; }
    const refused = told.cells.find((one) => one.sentence);
    if (refused) { this.say(refused.stale ? this.words.theirs : refused.sentence, true); return; }
    this.say(told.faults.length ? `${this.words.saved} · ${told.faults.length} ${this.words.faults}` : `${this.words.saved} ✓`);
  }
}

const written = (cents) => { const text = cents.toString().padStart(3, "0"); return `${text.slice(0, -2)}.${text.slice(-2)}`; };

// What others typed meanwhile appears; what one is typing oneself stays.
async function look(model, writer, grid, thread) {
  if (!document.hidden) thread.look();
  if (document.hidden || writer.busy || writer.waiting.size || grid.editing) return;
  const data = await get().catch(() => null);
  if (!data || writer.waiting.size || writer.busy || data.rows.length !== model.rows.length) return;
  let seen = 0;
  model.hear(data.notes);
  model.slices?.hear(data.slices);
  for (const row of model.rows) {
    model.typed.forEach((column, c) => {
      const cell = model.cell(row.place, c);
      const [amount, version, locked] = data.cells[row.key]?.[column.key] ?? [null, 0, 0];
      if (version === cell.version) return;
      model.put(row.place, c, amount === null ? null : BigInt(amount.replace(".", "")), !!locked);
      Object.assign(cell, { version, theirs: true });
      seen += 1;
    });
  }
  if (seen) { writer.say(writer.words.theirs); grid.draw(); }
}

// The address keeps what was chosen, and so do the ways from here to the other periods and out of the house.
function keep(name, value) {
  const changed = (text) => { const address = new URL(text, location); if (value) address.searchParams.set(name, value); else address.searchParams.delete(name); return address; };
  history.replaceState(null, "", changed(location));
  for (const link of document.querySelectorAll("[data-kept] a, a[data-kept]")) link.href = changed(link.href);
  for (const form of document.querySelectorAll("form[data-kept]")) form.action = changed(form.action);
}

function tools(grid, words) {
  const bar = document.createElement("div");
  bar.className = "sheet-tools only-desk";
  const button = (text, act, pressed) => {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: text });
    if (pressed !== undefined) one.setAttribute("aria-pressed", String(pressed));
    one.addEventListener("click", () => { act(one); grid.box.focus(); });
    bar.append(one);
  };
  button(words.undo, () => grid.back("undo"));
  button(words.redo, () => grid.back("redo"));
  button(words.right, () => grid.fillToEnd());
  button(words.lock, () => grid.lock());
  button(words.spread, () => grid.spread());
  if (grid.former) button(words.former, (one) => { grid.former = !grid.former; one.setAttribute("aria-pressed", String(grid.former)); grid.draw(); }, true);
  button(words.difference, (one) => { grid.difference = !grid.difference; one.setAttribute("aria-pressed", String(grid.difference)); grid.draw(); }, false);
  const choose = (name, text, options, value, act) => {
    const label = Object.assign(document.createElement("label"), { className: "muted small", textContent: `${text} ` });
    const select = Object.assign(document.createElement("select"), { className: "control" });
    select.append(...options.map(([name, one]) => new Option(name, one)));
    select.value = value;
    act(value);
    select.addEventListener("change", () => { if (!grid.close(true)) return; act(select.value); keep(name, select.value); grid.proved = null; grid.draw(); });
    label.append(select);
    bar.append(label);
  };
  choose("step", words.step, JSON.parse(panel.dataset.steps).map((one) => [Number(one).toLocaleString("en"), one]), panel.dataset.step, (one) => { grid.step = BigInt(one) * 100n; });
  const inWhat = document.getElementById("sheet-unit");
  if (inWhat) choose("in", words.unit, [[words.ones, ""], [words.wan, "wan"]], panel.dataset.in, (one) => { unit.places = one ? 4 : 0; inWhat.textContent = one ? words.wan : words.ones; });
  panel.prepend(bar);
}

async function open() {
  const words = JSON.parse(panel.dataset.words);
  const model = new Model(await get(), "rate" in panel.dataset);
  for (const plainly of panel.querySelectorAll(".near, .notice-bar")) plainly.remove();
  const writer = new Writer(model, words);
  const grid = new Grid(model, words, panel, (changed) => writer.add(changed));
  writer.grid = grid;
  tools(grid, words);
  grid.proved = null;
  grid.draw();
  const thread = new Thread(grid);
  setInterval(() => look(model, writer, grid, thread), LOOK);
  addEventListener("focus", () => look(model, writer, grid, thread));
  addEventListener("beforeunload", (event) => { if (writer.waiting.size) event.preventDefault(); });
}

if (panel && matchMedia("(min-width: 761px)").matches) open().catch(() => {});
