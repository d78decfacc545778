// Weeks and working days of months: nobody types them, they follow from the month as one types it. As `figures/slices.py`:
// a month goes to its weeks, a week to its days, largest remainders first; what was set for one of them stays.
import { allocate } from "./allocate.js";

const ONE = 100n; // a unit, in cents
const read = (text) => BigInt(text.replace(".", ""));
const total = (amounts) => amounts.reduce((sum, amount) => sum + amount, 0n);

function shared(whole, pieces, step, isRate) {
  const fixed = new Map(pieces.filter((one) => one.set !== undefined).map((one) => [one.key, one.set]));
  if (whole === null) return fixed;
  const free = pieces.filter((one) => one.set === undefined && one.weight);
  if (isRate) return new Map([...free.map((one) => [one.key, whole]), ...fixed]);
  const left = whole - total([...fixed.values()]);
  if (!free.length || (fixed.size && left !== 0n && whole !== 0n && (left < 0n) !== (whole < 0n))) return fixed;
  const size = [step, ONE].find((one) => left % one === 0n) ?? 1n;
  const parts = allocate(left, free.map((one) => one.weight), size);
  return new Map([...free.map((one, n) => [one.key, parts[n]]), ...fixed]);
}

export class Slices {
  constructor({ slices, times }, model) {
    this.model = model;
    const place = new Map(model.typed.map((column, c) => [column.key, c]));
    const weigh = (list, name) => list.map(([key, above, short, title], n) => ({ key, above, name: short, title, weights: times.map((time) => read(time[name][n])) }));
    this.weeks = weigh(slices.weeks, "weeks").map((week) => ({ ...week, month: place.get(week.above), days: [] }));
    const weeks = new Map(this.weeks.map((week) => [week.key, week]));
    this.days = weigh(slices.days, "days").map((day) => ({ ...day, month: weeks.get(day.above).month, week: weeks.get(day.above) }));
    for (const day of this.days) day.week.days.push(day);
    this.months = slices.months.map((key) => place.get(key));
    this.shown = this.days.length ? this.days : this.weeks;
    this.hear(slices);
  }

  // What was set for single weeks and days, by others or elsewhere.
  hear({ set }) {
    this.set = new Map(Object.entries(set).flatMap(([row, told]) => Object.entries(told).map(([key, text]) => [`${row}:${key}`, read(text)])));
    this.kept = new Map();
  }

  of(r, c) { return this.reckon(r, c).found; }

  // What the weeks and days of a month of a row have, and what they come to less than it; anew only where it is another.
  reckon(r, c) {
    const { model } = this;
    const whole = model.cell(r, c).amount;
    const kept = this.kept.get(`${r}:${c}`);
    if (kept && kept.whole === whole && kept.size === model.size) return kept;
    const row = model.rows[r];
    const pieces = (list) => list.map((one) => ({ key: one.key, weight: one.weights[row.time], set: this.set.get(`${row.key}:${one.key}`) }));
    const weeks = this.weeks.filter((week) => week.month === c);
    const found = shared(whole, pieces(weeks), model.size, model.isRate);
    for (const week of weeks) for (const [key, amount] of shared(found.get(week.key) ?? null, pieces(week.days), ONE, model.isRate)) found.set(key, amount);
    const parts = this.shown.filter((one) => one.month === c && found.has(one.key)).map((one) => found.get(one.key));
    const reckoned = { whole, size: model.size, found, missed: whole === null || !parts.length ? null : total(parts) - whole };
    this.kept.set(`${r}:${c}`, reckoned);
    return reckoned;
  }

  amount(r, one) { return this.of(r, one.month).get(one.key) ?? null; }

  wasSet(r, one) { return this.set.has(`${this.model.rows[r].key}:${one.key}`); }

  // How it follows: what it is a part of, times what it weighs, through what they weigh together.
  whence(r, one) {
    const { model } = this;
    const of = one.week ? { name: one.week.title, amount: this.amount(r, one.week), parts: one.week.days } : { name: model.columns[one.month].name, amount: model.cell(r, one.month).amount, parts: this.weeks.filter((week) => week.month === one.month) };
    const time = model.rows[r].time;
    return { ...of, weight: one.weights[time], all: total(of.parts.map((part) => part.weights[time])) };
  }

  // What the parts of a month come to less what it is, over all rows: nothing, unless somebody set them otherwise.
  gap(c) {
    const { model } = this;
    let gap = null;
    if (model.isRate) return null;
    for (const { place } of model.rows) {
      const { missed } = this.reckon(place, c);
      if (missed !== null) gap = (gap ?? 0n) + (missed < 0n ? -missed : missed);
    }
    return gap;
  }
}
