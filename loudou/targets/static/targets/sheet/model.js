// What a sheet knows: rows, cells in whole cents (BigInt), sums kept as one types, acts to undo.
import { allocate } from "./allocate.js";
import { Slices } from "./slices.js";

export const CENT = 100n;

// "1,234.5", "¥12万", "¥(3)", "" → cents, null for nothing, undefined for what is no amount; of a rate also "25%". As
// `kernel/money.py`: " -   " and "¥ -" are how accounting formats write 0, a dash alone is no amount.
export function parse(text, isRate = false, places = 0) {
  if (isRate && /[%％]\s*$/.test(text)) return perCent(parse(String(text).trim().slice(0, -1)));
  const said = String(text).replace(/[０-９．，－（）]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  let raw = said.replace(/[\s¥￥$€£]/g, "");
  if (raw === "") return null;
  if (raw === "-" && said !== "-") return 0n;
  const negative = raw.startsWith("(") && raw.endsWith(")");
  if (negative) raw = raw.slice(1, -1);
  const sign = { "万": 4, "萬": 4, "亿": 8, "億": 8 }[raw.at(-1)];
  const short = sign ?? places;
  if (sign) raw = raw.slice(0, -1);
  if (!/^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$/.test(raw) || !/\d/.test(raw)) return undefined;
  const [whole, part = ""] = raw.replace(/[,+]/g, "").split(".");
  const digits = part.padEnd(short + 2, "0");
  if (/[1-9]/.test(digits.slice(short + 2))) return undefined;
  const value = BigInt((whole.replace("-", "") || "0") + digits.slice(0, short + 2));
  return negative || whole.startsWith("-") ? -value : value;
}

// As `figures/typed.py`: 25% is 0.25; 12.5% and 120% stay in per cent, 0.5% has too many places.
function perCent(cents) {
  if (cents === null || cents === undefined) return undefined;
  if (cents % 100n === 0n && cents <= 10000n) return cents / 100n;
  return cents > 100n ? cents : undefined;
}

// What amounts are shown in and typed in: ones, or with four places tens of thousands (万). What the house says is in ones.
export const unit = { places: 0 };

export const typed = (text, isRate) => parse(text, isRate, unit.places);

export function plain(cents) {
  if (cents === null || cents === undefined) return "";
  const places = unit.places + 2;
  const text = (cents < 0n ? -cents : cents).toString().padStart(places + 1, "0");
  const part = unit.places ? text.slice(-places).replace(/0+$/, "") : text.slice(-places).replace(/^00$/, "");
  return (cents < 0n ? "-" : "") + text.slice(0, -places) + (part && `.${part}`);
}

export function shown(cents) {
  const [whole, part] = plain(cents).split(".");
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (part ? `.${part}` : "");
}

// As everybody reads it, whatever the sheet is shown in.
export function inOnes(cents) {
  const { places } = unit;
  unit.places = 0;
  const text = shown(cents);
  unit.places = places;
  return text;
}

const cents = (text) => (text === null ? null : parse(text));
const micro = (text) => BigInt(text.replace(".", ""));

// The quarters over the months, each with the places of its columns; none over columns that are quarters themselves.
function quarters(columns) {
  const found = new Map();
  columns.forEach((column, c) => {
    if (!column.quarter) return;
    if (!found.has(column.quarter)) found.set(column.quarter, { name: column.quarter, columns: [], open: true });
    found.get(column.quarter).columns.push(c);
  });
  return [...found.values()];
}

// The months whose weeks or days are looked at, each with the places of theirs.
function months({ slices, typed, last }) {
  return slices.months.map((c) => ({ name: typed[c].name, c, open: true, columns: slices.shown.flatMap((one, n) => (one.month === c ? [last + 1 + n] : [])) }));
}

// Other years beside this one, by the place of the row.
function years(told, rows) {
  return told.map(([year, amounts]) => ({ key: year, name: year, title: year, amounts: new Map(Object.entries(amounts).map(([key, text]) => [rows.get(key)?.place, micro(text)])) }));
}

export class Model {
  constructor(data, isRate = false) {
    this.isRate = isRate;
    this.typed = data.columns;
    this.last = this.typed.length - 1;
    this.rows = data.rows.map(([key, parent, depth, name, person, editable, leader, time], place) => ({ key, parent, depth, name, leader, person: !!person, editable: !!editable, time, place, open: depth < 2 }));
    this.byKey = new Map(this.rows.map((row) => [row.key, row]));
    this.weights = data.times.map((time) => time.columns.map(micro));
    this.size = CENT;
    this.slices = data.slices && new Slices(data, this);
    this.columns = [...this.typed, ...(this.slices?.shown ?? []), ...years(data.years ?? [], this.byKey)];
    this.groups = this.slices ? months(this) : quarters(this.typed);
    this.cells = new Map();
    this.notes = new Map();
    this.done = [];
    this.undone = [];
    this.turn = 0;
    this.read(data);
  }

  // What is said beside a cell: how its number is meant (goal), who waived its 120 % and why (waiver).
  note(r, c, kind) { return this.notes.get(`${r}:${c}:${kind}`) ?? ""; }

  hear(notes = []) {
    const columns = new Map(this.typed.map((column, c) => [column.key, c]));
    this.turn += 1;
    this.notes = new Map(notes.map(([row, column, kind, text]) => [`${this.byKey.get(row)?.place}:${columns.get(column)}:${kind}`, text]));
  }

  read(data) {
    this.hear(data.notes);
    this.under = new Map(Object.entries(data.sums ?? {}).flatMap(([row, told]) => this.typed.flatMap((column, c) => (column.key in told ? [[`${this.byKey.get(row)?.place}:${c}`, cents(told[column.key])]] : []))));
    this.former = new Map(Object.entries(data.former ?? {}).flatMap(([row, told]) => this.typed.flatMap((column, c) => (column.key in told ? [[`${this.byKey.get(row)?.place}:${c}`, cents(told[column.key])]] : []))));
    for (const row of this.rows) {
      const stored = data.cells[row.key] ?? {};
      this.typed.forEach((column, c) => {
        const [amount, version, locked, fixed] = stored[column.key] ?? [null, 0, 0, ""];
        this.cells.set(`${row.place}:${c}`, { amount: cents(amount), version, locked: !!locked, fixed: fixed || (column.closed ? "closed" : "") });
      });
    }
    this.sum();
  }

  // What is typed, or beyond the whole what only follows or is of another year.
  cell(r, c) { return c > this.last ? this.followed(r, this.columns[c]) : this.cells.get(`${r}:${c}`); }

  followed(r, column) {
    const amount = column.amounts ? column.amounts.get(r) ?? null : this.slices.amount(r, column);
    return { amount, version: 0, locked: false, fixed: column.amounts ? "otherYear" : this.slices.wasSet(r, column) ? "sliceSet" : "follows" };
  }

  // What is shown: of a quarter without a target of its own what its months come to.
  shown(r, c) { return this.cell(r, c).amount ?? this.under.get(`${r}:${c}`) ?? null; }

  why(r, c) {
    const cell = this.cell(r, c);
    return cell.fixed || (this.rows[r].editable ? "" : "foreign");
  }

  // Sums from nothing; kept from then on as cells change. Without a number below there is no sum: nothing is not zero.
  sum() {
    this.sums = new Map();
    this.rows.forEach((_, r) => this.typed.forEach((__, c) => this.add(r, c, null, this.cell(r, c).amount)));
  }

  add(r, c, before, after) {
    if (c !== this.last) this.bump(`time:${r}`, before, after);
    const row = this.rows[r];
    let above = this.byKey.get(row.parent);
    if (!row.person && above) this.bump(`units:${above.place}:${c}`, before, after);
    for (; row.person && above; above = this.byKey.get(above.parent)) this.bump(`people:${above.place}:${c}`, before, after);
  }

  // A rate adds up to nothing: it is to be reached by each, in each period.
  bump(key, before, after) {
    if (this.isRate) return;
    const [count, sum] = this.sums.get(key) ?? [0, 0n];
    this.sums.set(key, [count + (after !== null) - (before !== null), sum + (after ?? 0n) - (before ?? 0n)]);
  }

  summed(key) {
    const [count, sum] = this.sums.get(key) ?? [0, 0n];
    return count ? sum : null;
  }

  inTime(r) { return this.summed(`time:${r}`); }
  below(r, c) { return c > this.last ? this.followedBelow(r, c) : this.summed(`units:${r}:${c}`); }
  carried(r, c) { return this.summed(`people:${r}:${c}`); }

  followedBelow(r, c) {
    const parts = this.rows.filter((row) => !row.person && row.parent === this.rows[r].key).map((row) => this.cell(row.place, c).amount).filter((amount) => amount !== null);
    return parts.length && !this.isRate ? parts.reduce((sum, amount) => sum + amount, 0n) : null;
  }

  // What a row has in the months of a quarter: their sum, of a rate what it is in each; null where nothing is set.
  within(r, quarter) {
    const amounts = quarter.columns.map((c) => this.cell(r, c).amount).filter((amount) => amount !== null);
    if (!amounts.length) return null;
    if (this.isRate) return amounts.every((amount) => amount === amounts[0]) ? amounts[0] : null;
    return amounts.reduce((sum, amount) => sum + amount, 0n);
  }

  // What is wrong with a cell, as [[rule, missing]]: the same checks as the server's.
  faults(r, c) {
    const amount = c > this.last ? null : this.cell(r, c).amount;
    if (amount === null) return [];
    const found = [];
    const inTime = this.inTime(r);
    if (c === this.last && inTime !== null && (inTime > amount || (inTime < amount && !this.unset(r)))) found.push(["sum", amount - inTime]);
    const units = this.below(r, c);
    const people = this.carried(r, c);
    if (units !== null && units !== amount) found.push(["below", amount - units]);
    if (!this.rows[r].person && people !== null && this.carries(r, c) && people * 10n < amount * 12n && !this.note(r, c, "waiver")) found.push(["people", (amount * 12n - people * 10n + 9n) / 10n]);
    return found;
  }

  // Every check that fails, as [row, column, rule, missing]: of a person only that the periods sum to the whole.
  every() {
    const found = [];
    for (const { place, person } of this.rows) {
      for (let c = person ? this.last : 0; c <= this.last; c += 1) for (const [rule, missing] of this.faults(place, c)) found.push([place, c, rule, missing]);
    }
    return found;
  }

  // Whether people must carry 120 % of a cell: of a unit with a whole it is that one.
  carries(r, c) { return c === this.last || this.cell(r, this.last).amount === null; }

  // Whether a closed period of a row has no number: what the others would have to come to is not known.
  unset(r) { return this.typed.some((column, c) => c < this.last && column.closed && this.cell(r, c).amount === null); }

  // What the whole of a row would be by period, given what is locked or fixed; a closed one without a number weighs along.
  proposal(r, step) {
    const total = this.cell(r, this.last).amount;
    if (total === null) return null;
    if (this.isRate) return new Map([...this.typed.keys()].filter((c) => c < this.last && !this.cell(r, c).locked && !this.why(r, c)).map((c) => [c, total]));
    const weighed = [];
    let left = total;
    for (let c = 0; c < this.last; c += 1) {
      const cell = this.cell(r, c);
      if ((cell.locked || this.why(r, c)) && cell.amount !== null) left -= cell.amount; else if (["", "closed"].includes(this.why(r, c))) weighed.push(c);
    }
    if (total > 0n && left < 0n) return null;
    const weights = weighed.map((c) => this.weights[this.rows[r].time][c]);
    const parts = allocate(left, weights, step) ?? allocate(left, weights, CENT) ?? allocate(left, weights, 1n);
    return parts && new Map(weighed.map((c, place) => [c, parts[place]]).filter(([c]) => !this.why(r, c)));
  }

  // What people below a unit would carry in proportion, so that they come to 120 % of its whole; null where nobody can.
  filledUp(r, step) {
    const below = (row) => { for (let above = this.byKey.get(row.parent); above; above = this.byKey.get(above.parent)) if (above.place === r) return true; return false; };
    const people = this.rows.filter((row) => row.person && this.cell(row.place, this.last).amount > 0n && below(row));
    const free = people.filter(({ place }) => !this.why(place, this.last) && !this.cell(place, this.last).locked);
    const amount = ({ place }) => this.cell(place, this.last).amount;
    const sum = (rows) => rows.reduce((all, row) => all + amount(row), 0n);
    const missing = (this.cell(r, this.last).amount * 12n + 9n) / 10n - sum(people);
    if (!free.length || missing <= 0n) return null;
    const parts = allocate(((missing + step - 1n) / step) * step, free.map(amount), step);
    return free.map((row, n) => [row.place, this.last, amount(row) + parts[n]]);
  }

  // An act: [[row, column, amount, locked?]…]. Returns what changed, and for what may not why: words of the sheet.
  act(wanted, { undoing = false } = {}) {
    const changed = [];
    const refused = [];
    for (const [r, c, amount, locked] of wanted) {
      const cell = this.cell(r, c);
      const lock = locked ?? cell.locked;
      if (amount === cell.amount && lock === cell.locked) continue;
      const why = this.why(r, c) || (amount !== null && amount < 0n && "negative") || (cell.locked && lock && "locked");
      if (why) { refused.push(why); continue; }
      changed.push([r, c, cell.amount, cell.locked]);
      this.put(r, c, amount, lock && amount !== null);
    }
    if (changed.length && !undoing) { this.done.push(changed); this.undone = []; }
    return [changed, refused];
  }

  put(r, c, amount, locked) {
    const cell = this.cell(r, c);
    this.add(r, c, cell.amount, amount);
    this.turn += 1;
    cell.amount = amount;
    cell.locked = locked;
  }

  undo() { return this.step(this.done, this.undone); }
  redo() { return this.step(this.undone, this.done); }

  step(from, to) {
    const acted = from.pop();
    if (!acted) return [];
    const [back] = this.act(acted, { undoing: true });
    if (back.length) to.push(back);
    return back;
  }

  visible() {
    const shut = new Set();
    return this.rows.filter((row) => {
      const hidden = shut.has(row.parent);
      if (hidden || !row.open) shut.add(row.key);
      return !hidden;
    });
  }
}
