// The sheet as one sees it: only the rows in sight are drawn; keys, selection, clipboard as in a spreadsheet.
import { arrange, folded, prove, waysOut } from "./heads.js";
import { plain, shown, typed } from "./model.js";
import { as, icon, node } from "./node.js";
import { share, tell } from "./status.js";

const ROW = 30;
const SPARE = 12; // rows that are drawn before one scrolls to them; of a wide sheet a few
const WIDE = 30;
const TAIL = 5 * ROW; // two rows of heads, the row itself, the proof, one to spare

export class Grid {
  constructor(model, words, panel, changed) {
    Object.assign(this, { model, words, changed, talk: panel.dataset.talk, at: { row: 0, column: model.last }, from: null, editing: null, difference: false, former: model.former.size > 0, grain: panel.dataset.grain });
    this.isRate = "rate" in panel.dataset;
    this.box = node("div", "sheet-grid");
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "grid");
    this.box.setAttribute("aria-label", panel.dataset.title);
    this.table = node("table");
    this.table.setAttribute("role", "presentation");
    this.head = this.table.createTHead();
    this.body = this.table.createTBody();
    this.status = node("div", "sheet-status");
    this.status.setAttribute("aria-live", "polite");
    this.summary = node("div", "sheet-summary");
    this.summary.hidden = true;
    this.foot = this.table.createTFoot();
    for (const part of [this.head, this.body, this.foot]) as("rowgroup", part);
    this.box.append(this.table);
    panel.append(this.summary, this.box, this.status);
    arrange(this);
    this.refresh();
    this.listen();
  }

  get rows() { return this.listed; }

  get step() { return this.model.size; }
  set step(step) { this.model.size = step; }

  // The first rows make the grid as high as it may be; then it is seen how many fit.
  refresh() { this.listed = this.model.visible(); this.draw(); this.scrolled(); }

  // The rows in sight, from the first to before the last.
  sight(spare) {
    const top = this.box.scrollTop;
    return [Math.max(0, Math.floor(top / ROW) - spare), Math.min(this.rows.length, Math.ceil((top + this.box.clientHeight) / ROW) + spare)];
  }

  // What is being typed stays as it is; the rest is drawn once it is left.
  draw() {
    if (this.editing) { this.tell(); return; }
    const [first, last] = this.drawn = this.sight(this.seen.length > WIDE ? 4 : SPARE);
    const lines = this.rows.slice(first, last).map((row, n) => this.line(row, first + n));
    this.lines = new Map(lines.map((line, n) => [first + n, line]));
    this.body.replaceChildren(...(first ? [this.spacer(first)] : []), ...lines, ...(last < this.rows.length ? [this.spacer(this.rows.length - last)] : []));
    this.marked = [];
    this.mark();
    this.sumUp();
  }

  // Draws anew only where rows come into sight that are not drawn.
  scrolled() {
    const [first, last] = this.sight(1);
    if (first < this.drawn[0] || last > this.drawn[1]) this.draw(); else this.mark();
  }

  // Cursor and range move over the cells that are there.
  mark() {
    for (const box of this.marked) { box.classList.remove("cursor", "range"); box.removeAttribute("aria-selected"); }
    this.marked = [];
    const add = (place, at, name) => {
      const box = this.lines.get(place)?.cells[this.spots[at] + 1];
      if (!box) return;
      box.classList.add(name);
      this.marked.push(box);
      if (name === "cursor") box.setAttribute("aria-selected", "true");
    };
    if (this.from) {
      const [top, bottom, left, right] = this.range();
      for (let place = Math.max(top, this.drawn[0]); place <= Math.min(bottom, this.drawn[1]); place += 1) for (let at = left; at <= right; at += 1) add(place, at, "range");
    }
    add(this.at.row, this.where(), "cursor");
    this.tell();
  }

  spacer(count) {
    const line = as("row", node("tr"));
    const cell = as("gridcell", node("td"));
    cell.colSpan = this.seen.length + 2;
    const room = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    room.setAttribute("width", "1");
    room.setAttribute("height", String(count * ROW - 1));
    cell.append(room);
    line.append(cell);
    return line;
  }

  line(row, place) {
    const line = as("row", node("tr", row.person ? "person" : "unit"));
    const name = as("rowheader", node("td", `name d${Math.min(row.depth, 8)}`));
    if (!row.person) {
      const fold = node("button", "", row.open ? "▾" : "▸");
      fold.type = "button";
      fold.tabIndex = -1;
      fold.setAttribute("aria-label", row.name);
      fold.setAttribute("aria-expanded", String(row.open));
      fold.addEventListener("click", () => { row.open = !row.open; this.refresh(); });
      name.append(fold);
    }
    name.append(row.name);
    if (row.leader) name.append(node("span", "leader", row.leader));
    line.append(name);
    let at = 0;
    for (const one of this.seen) line.append(one.quarter ? folded(this.model, row, one.quarter) : this.cell(row, place, one.c, at++));
    if (!this.isRate) line.append(this.check(row));
    return line;
  }

  // What a unit's people carry of its whole: at least 120 %, or what is missing, or that it was waived.
  check(row) {
    const { model, words } = this;
    const whole = model.cell(row.place, model.last).amount;
    const carried = row.person ? null : model.carried(row.place, model.last);
    const box = as("gridcell", node("td", "check"));
    if (!whole || carried === null) return box;
    const missing = new Map(model.faults(row.place, model.last)).get("people");
    const waiver = model.note(row.place, model.last, "waiver");
    const said = `${share(carried, whole)}%`;
    box.append(node("span", missing !== undefined ? "bad" : waiver ? "watch" : "good", missing !== undefined ? `${said} ${words.missing} ${shown(missing)}` : waiver ? `${said} ${words.waived}` : `✓ ${said}`));
    box.title = waiver || box.textContent;
    return box;
  }

  // The checks that fail, the first of them in words: it leads to its cell.
  sumUp() {
    if (this.proved === this.model.turn) return;
    this.proved = this.model.turn;
    const { model, words } = this;
    prove(this);
    const faults = model.every();
    this.summary.hidden = !faults.length;
    if (!faults.length) return;
    const [r, c, rule, missing] = faults[0];
    const said = `${model.rows[r].name} · ${c === model.last ? words.whole : model.columns[c].name} · ${words[rule]}: ${missing > 0n ? words.missing : words.over} ${shown(missing > 0n ? missing : -missing)}`;
    const first = node("button", "link", said);
    first.type = "button";
    first.addEventListener("click", () => this.go(r, c));
    const out = rule === "people" && c === model.last ? waysOut(this, r) : [];
    this.summary.replaceChildren(first, ...out, ...(faults.length > 1 ? [node("span", "muted", `${faults.length} ${words.faults}`)] : []));
  }

  go(r, c) {
    for (let above = this.model.byKey.get(this.model.rows[r].parent); above; above = this.model.byKey.get(above.parent)) above.open = true;
    const quarter = this.model.groups.find((one) => one.columns.includes(c));
    if (quarter && !quarter.open) { quarter.open = true; arrange(this); }
    this.refresh();
    this.at.column = this.order.includes(c) ? c : this.model.last;
    this.move(this.rows.findIndex((row) => row.place === r) - this.at.row, 0);
    this.box.focus({ preventScroll: true });
  }

  cell(row, place, c, at) {
    const cell = this.model.cell(row.place, c);
    const why = this.model.why(row.place, c);
    const classes = [c === this.model.last && "whole", why && "fixed", cell.locked && "locked", cell.pending && "pending", cell.conflict && "conflict", cell.theirs && "theirs"];
    classes.push(this.model.faults(row.place, c).length && "wrong", this.model.note(row.place, c, "waiver") && "waived", this.model.note(row.place, c, "goal") && "goal");
    classes.push(c > this.model.last && "follows", cell.amount === null && "under", this.model.former.has(`${row.place}:${c}`) && "changed");
    const box = as("gridcell", node("td", classes.filter(Boolean).join(" "), shown(this.model.shown(row.place, c))));
    Object.assign(box.dataset, { place, at });
    if (cell.locked) box.prepend(icon("lock"));
    if (this.former) this.drawFormer(box, row, c, cell); else if (this.difference && c < this.model.last) this.drawDifference(box, row, c, cell);
    return box;
  }

  // How much more or less than in the edition one compares with.
  drawFormer(box, row, c, cell) {
    const before = this.model.former.get(`${row.place}:${c}`);
    if (before === undefined) return;
    box.title = `${shown(before) || this.words.empty} → ${shown(cell.amount) || this.words.empty}`;
    const gap = (cell.amount ?? 0n) - (before ?? 0n);
    box.replaceChildren(node("span", `gap ${gap > 0n ? "more" : "less"}`, `${gap > 0n ? "+" : ""}${shown(gap)}`));
  }

  drawDifference(box, row, c, cell) {
    const proposed = this.model.proposal(row.place, this.step)?.get(c);
    if (proposed === undefined || cell.amount === proposed) return;
    const gap = (cell.amount ?? 0n) - proposed;
    box.textContent = "";
    box.append(node("span", `gap ${gap > 0n ? "more" : "less"}`, `${gap > 0n ? "+" : ""}${shown(gap)}`));
  }

  where() { return this.order.indexOf(this.at.column); }

  range() {
    const from = this.from ?? { row: this.at.row, at: this.where() };
    return [Math.min(from.row, this.at.row), Math.max(from.row, this.at.row), Math.min(from.at, this.where()), Math.max(from.at, this.where())];
  }

  each(act) {
    const [top, bottom, left, right] = this.range();
    for (let place = top; place <= bottom; place += 1) for (let at = left; at <= right; at += 1) act(this.rows[place].place, this.order[at], place - top, at - left);
  }

  tell() { tell(this); }

  // Sets what may be set; what may not is said, with its reason or how many there are.
  apply(wanted, unread = 0) {
    const [changed, refused] = this.model.act(wanted);
    const one = refused.length + unread === 1;
    this.problem = one ? this.words[refused[0] ?? "unread"] : refused.length + unread ? `${refused.length + unread} ${this.words.left}` : "";
    if (changed.length) this.changed(changed);
    this.draw();
  }

  move(rows, columns, { extend = false } = {}) {
    this.problem = "";
    if (extend) this.from ??= { row: this.at.row, at: this.where() }; else this.from = null;
    this.at.row = Math.max(0, Math.min(this.rows.length - 1, this.at.row + rows));
    this.at.column = this.order[Math.max(0, Math.min(this.order.length - 1, this.where() + columns))];
    const top = this.at.row * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + TAIL > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + TAIL - this.box.clientHeight;
    this.scrolled();
    this.body.querySelector(".cursor")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  edit(text) {
    const row = this.rows[this.at.row];
    const cell = this.model.cell(row.place, this.at.column);
    const why = this.model.why(row.place, this.at.column) || (cell.locked && "locked");
    if (why) { this.problem = this.words[why]; this.tell(); return; }
    const box = this.body.querySelector(".cursor");
    if (!box) return;
    const field = node("input");
    field.inputMode = "decimal";
    field.value = text ?? plain(cell.amount);
    field.setAttribute("aria-label", `${row.name} ${this.model.columns[this.at.column].key}`);
    box.replaceChildren(field);
    this.editing = field;
    field.focus();
    if (text === undefined) field.select();
    field.addEventListener("blur", () => this.close(true));
  }

  // Leaves the cell; what is no amount stays in it, with its sentence.
  close(keep) {
    const field = this.editing;
    if (!field) return true;
    const amount = typed(field.value, this.isRate);
    if (keep && (amount === undefined || amount < 0n)) {
      field.setAttribute("aria-invalid", "true");
      this.problem = this.words[amount === undefined ? "unread" : "negative"];
      this.tell();
      return false;
    }
    this.editing = null;
    this.problem = "";
    if (keep) this.apply([[this.rows[this.at.row].place, this.at.column, amount]]); else this.draw();
    this.box.focus({ preventScroll: true });
    return true;
  }

  listen() {
    this.box.addEventListener("scroll", () => { if (!this.editing) this.scrolled(); }, { passive: true });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("mousedown", (event) => this.press(event));
    this.box.addEventListener("mouseover", (event) => { if (event.buttons === 1 && this.pressed) this.point(event, true); });
    this.box.addEventListener("dblclick", (event) => { if (event.target.closest("[data-at]")) this.edit(); });
    this.box.addEventListener("copy", (event) => this.copy(event));
    this.box.addEventListener("paste", (event) => this.paste(event));
    addEventListener("mouseup", () => { this.pressed = false; });
    addEventListener("resize", () => { if (!this.editing) this.draw(); });
  }

  press(event) {
    if (event.target.closest("button, input")) return;
    if (!this.close(true)) return;
    this.pressed = true;
    this.point(event, event.shiftKey);
    event.preventDefault();
    this.box.focus({ preventScroll: true });
  }

  point(event, extend) {
    const cell = event.target.closest("[data-at]");
    if (cell) this.move(Number(cell.dataset.place) - this.at.row, Number(cell.dataset.at) - this.where(), { extend });
  }

  key(event) {
    if (this.editing) { this.keyInCell(event); return; }
    const ctrl = event.ctrlKey || event.metaKey;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-15, 0], PageDown: [15, 0], Home: [ctrl ? -1e6 : 0, -1e6], End: [ctrl ? 1e6 : 0, 1e6] }[event.key];
    if (steps) { this.move(...steps.map((step) => (ctrl && event.key.startsWith("Arrow") ? step * 1e6 : step)), { extend: event.shiftKey }); event.preventDefault(); return; }
    const acts = { Enter: () => this.move(event.shiftKey ? -1 : 1, 0), Tab: () => this.tab(event), F2: () => this.edit(), Delete: () => this.empty(), Backspace: () => this.empty(), Escape: () => { this.from = null; this.mark(); }, " ": () => this.fold() };
    const commands = { z: () => this.back(event.shiftKey ? "redo" : "undo"), y: () => this.back("redo"), r: () => this.fill(true), d: () => this.fill(false), a: () => this.all() };
    const act = ctrl ? commands[event.key.toLowerCase()] : acts[event.key] ?? (event.key === "l" || event.key === "L" ? () => this.lock() : null);
    if (act) { if (act() !== false) event.preventDefault(); event.stopPropagation(); return; }
    if (!ctrl && !event.altKey && /^[0-9.\-(¥]$/.test(event.key)) { this.edit(event.key); event.preventDefault(); event.stopPropagation(); }
  }

  keyInCell(event) {
    event.stopPropagation();
    const to = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Escape") { this.close(false); event.preventDefault(); } else if (to) { event.preventDefault(); if (this.close(true)) this.move(...to); }
  }

  // At the sheet's ends Tab leaves it: nobody is caught in it.
  tab(event) {
    const end = event.shiftKey ? this.where() === 0 && this.at.row === 0 : this.where() === this.order.length - 1 && this.at.row === this.rows.length - 1;
    if (end) return false;
    if (event.shiftKey && this.where() === 0) this.move(-1, 1e6);
    else if (!event.shiftKey && this.where() === this.order.length - 1) this.move(1, -1e6);
    else this.move(0, event.shiftKey ? -1 : 1);
    return true;
  }

  fold() { const row = this.rows[this.at.row]; if (!row.person) { row.open = !row.open; this.refresh(); } }
  all() { this.from = { row: 0, at: 0 }; this.at = { row: this.rows.length - 1, column: this.order.at(-1) }; this.mark(); }
  empty() { const wanted = []; this.each((r, c) => wanted.push([r, c, null])); this.apply(wanted); }

  back(what) {
    const changed = this.model[what]();
    if (changed.length) this.changed(changed);
    this.draw();
  }

  // Of a range its first column or row; of a single one what is left of it or above, as in a spreadsheet.
  fill(right) {
    const [top, bottom, left, right_] = this.range();
    const wanted = [];
    if (right) {
      const from = left === right_ ? Math.max(left - 1, 0) : left;
      this.each((r, c) => { if (c !== this.order[from]) wanted.push([r, c, this.model.cell(r, this.order[from]).amount]); });
    } else {
      const from = this.rows[top === bottom ? Math.max(top - 1, 0) : top].place;
      this.each((r, c) => { if (r !== from) wanted.push([r, c, this.model.cell(from, c).amount]); });
    }
    this.apply(wanted);
  }

  // The button: a single column is filled to the end of its rows.
  fillToEnd() {
    const [top, bottom, left, right] = this.range();
    if (left === right && right < this.order.length - 1) {
      this.from = { row: top, at: left };
      this.at = { row: bottom, column: this.order.at(-1) };
    }
    this.fill(true);
  }

  lock() {
    const wanted = [];
    const row = this.rows[this.at.row];
    const lock = !this.model.cell(row.place, this.at.column).locked;
    this.each((r, c) => { const cell = this.model.cell(r, c); if (cell.amount !== null) wanted.push([r, c, cell.amount, lock]); });
    this.apply(wanted);
  }

  spread() {
    const wanted = [];
    const [top, bottom] = this.range();
    let problem = "";
    for (let place = top; place <= bottom; place += 1) {
      const r = this.rows[place].place;
      const proposal = this.model.proposal(r, this.step);
      if (!proposal) problem = this.words[this.model.cell(r, this.model.last).amount === null ? "nothing" : "beyond"];
      for (const [c, amount] of proposal ?? []) wanted.push([r, c, amount]);
    }
    this.apply(wanted);
    this.problem ||= problem;
    this.tell();
  }

  copy(event) {
    const lines = [];
    this.each((r, c, down, over) => { (lines[down] ??= [])[over] = plain(this.model.shown(r, c)); });
    event.clipboardData.setData("text/plain", lines.map((line) => line.join("\t")).join("\n"));
    event.preventDefault();
  }

  paste(event) {
    if (this.editing) return;
    event.preventDefault();
    const lines = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const [top, bottom, left, right] = this.range();
    const one = lines.length === 1 && lines[0].length === 1;
    const wanted = [];
    let unread = 0;
    const put = (place, at, text) => {
      const amount = typed(text, this.isRate);
      if (amount === undefined || !this.rows[place] || at >= this.order.length) unread += 1;
      else wanted.push([this.rows[place].place, this.order[at], amount]);
    };
    if (one) this.each((r, c, down, over) => put(top + down, left + over, lines[0][0]));
    else lines.forEach((line, down) => line.forEach((text, over) => put(top + down, left + over, text)));
    if (!one) { this.from = { row: top, at: left }; this.at = { row: Math.min(Math.max(bottom, top + lines.length - 1), this.rows.length - 1), column: this.order[Math.min(Math.max(right, left + lines[0].length - 1), this.order.length - 1)] }; }
    this.apply(wanted, unread);
  }
}
