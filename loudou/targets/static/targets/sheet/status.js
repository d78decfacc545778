// The line below the grid: what the cell under the cursor is and sums to, exactly, why it stays, and which of two holds.
import { shown } from "./model.js";
import { node } from "./node.js";

const weighed = (weight) => `${Number(weight) / 1e8}`;
export const share = (part, whole) => Number(((part * 2000n) / whole + 1n) / 2n) / 10; // per cent, to one place

export function tell(grid) {
  const row = grid.rows[grid.at.row];
  if (!row) return;
  const { model, words } = grid;
  const c = grid.at.column;
  const cell = model.cell(row.place, c);
  const column = model.columns[c];
  const said = [node("b", "", `${row.name} · ${column.title ?? column.key}`)];
  const why = model.why(row.place, c);
  if (why || cell.locked) said.push(node("span", "muted", words[why || "locked"]));
  if (column.weights) said.push(...whence(grid, row, column));
  const under = cell.amount === null ? model.shown(row.place, c) : null;
  if (under !== null) said.push(node("span", "muted", `${words.under} ${shown(under)}`));
  const goal = model.note(row.place, c, "goal");
  if (goal) said.push(node("span", "muted", goal));
  if (c <= model.last) said.push(...proved(grid, row, cell));
  if (cell.conflict) said.push(...choices(grid, row.place, c, cell));
  if (cell.sentence || grid.problem) said.push(node("span", "bad", cell.sentence || grid.problem));
  grid.note ??= node("span", "muted");
  grid.status.replaceChildren(...said, node("span", "grow"), grid.note);
}

// What its periods, the units and the people below come to, and what each of them lacks.
function proved({ model, words, at: { column: c } }, row, cell) {
  const said = [];
  const sums = [["sum", c === model.last ? model.inTime(row.place) : null], ["below", model.below(row.place, c)], ["people", row.person ? null : model.carried(row.place, c)]];
  const faults = new Map(model.faults(row.place, c));
  for (const [rule, sum] of sums) {
    if (sum === null) continue;
    const missing = faults.get(rule);
    const of = rule === "people" && cell.amount ? ` (${share(sum, cell.amount)}%)` : "";
    const waiver = rule === "people" ? model.note(row.place, c, "waiver") : "";
    const holds = rule === "people" && !model.carries(row.place, c) ? "" : waiver ? ` · ${waiver}` : " ✓";
    const gap = missing === undefined ? holds : ` · ${missing > 0n ? words.missing : words.over} ${shown(missing > 0n ? missing : -missing)}`;
    said.push(node("span", missing !== undefined ? "bad" : holds && !waiver ? "good" : "", `${words[rule]} ${shown(sum)}${of}${gap}`));
  }
  return said;
}

// The formula of a week or a day: its month or week, times what it weighs, through what all of its parts weigh.
function whence({ model, words, at }, row, column) {
  const { name, amount, weight, all } = model.slices.whence(row.place, column);
  if (amount === null || model.isRate || model.slices.wasSet(row.place, column)) return [];
  const formula = `${name} ${shown(amount)} × ${weighed(weight)} ÷ ${weighed(all)} = ${shown(model.cell(row.place, at.column).amount)}`;
  return [node("span", "", formula), node("span", "muted", words.rounded)];
}

function choices(grid, r, c, cell) {
  const { words } = grid;
  const keep = node("button", "btn small", `${words.keepMine} ${shown(cell.conflict.mine) || words.empty}`);
  const take = node("button", "btn small", `${words.takeTheirs} ${shown(cell.amount) || words.empty}`);
  keep.addEventListener("click", () => { const { mine } = cell.conflict; cell.conflict = null; grid.apply([[r, c, mine]]); });
  take.addEventListener("click", () => { cell.conflict = null; grid.draw(); grid.box.focus(); });
  return [node("span", "bad", words.conflict), keep, take];
}
