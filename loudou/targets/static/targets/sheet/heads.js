// What stands over and under the cells: quarters over their months, folded or open, and below all rows the proof.
import { shown } from "./model.js";
import { node } from "./node.js";

// Which columns one sees, the whole first. Those of `order` are typed into; a folded quarter stands for its months.
export function arrange(grid) {
  const { model } = grid;
  const shut = new Map(model.quarters.filter((one) => !one.open).flatMap((one) => one.columns.map((c) => [c, one])));
  grid.seen = [{ c: model.last }];
  for (let c = 0; c < model.last; c += 1) {
    const quarter = shut.get(c);
    if (!quarter) grid.seen.push({ c }); else if (quarter.columns[0] === c) grid.seen.push({ quarter });
  }
  grid.order = grid.seen.filter((one) => !one.quarter).map((one) => one.c);
  grid.spots = grid.seen.flatMap((one, spot) => (one.quarter ? [] : [spot]));
  if (!grid.order.includes(grid.at.column)) grid.at.column = model.last;
  grid.from = null;
  grid.proved = null;
  drawHead(grid);
}

function drawHead(grid) {
  const { model, words } = grid;
  const lines = model.quarters.length ? [node("tr"), node("tr", "months")] : [node("tr")];
  grid.head.replaceChildren(...lines);
  const head = (line, text, className, rows = 1, columns = 1) => {
    const th = Object.assign(node("th", className, text), { scope: columns > 1 ? "colgroup" : "col", rowSpan: rows, colSpan: columns });
    line.append(th);
    return th;
  };
  head(lines[0], words.name, "name", lines.length);
  head(lines[0], words.whole, "", lines.length);
  for (const quarter of model.quarters) drawQuarter(grid, quarter, head(lines[0], "", "quarter", quarter.open ? 1 : 2, quarter.open ? quarter.columns.length : 1));
  for (const c of grid.order.slice(1)) head(lines.at(-1), model.columns[c].name, "");
  if (!grid.isRate) head(lines[0], words.check, "check", lines.length);
}

function drawQuarter(grid, quarter, th) {
  const { model, words } = grid;
  if (quarter.columns.every((c) => model.columns[c].closed)) { th.classList.add("closed"); th.title = words.closed; }
  const fold = node("button", "", `${quarter.open ? "▾" : "▸"} ${quarter.name} `);
  Object.assign(fold, { type: "button", title: words.quarter });
  fold.setAttribute("aria-expanded", String(quarter.open));
  fold.addEventListener("click", () => { if (grid.close(true)) { quarter.open = !quarter.open; arrange(grid); grid.refresh(); } });
  quarter.sum = node("b");
  fold.append(quarter.sum);
  th.append(fold);
}

// A cell of a folded quarter: what its months come to, to be typed into there.
export function folded(model, row, quarter) {
  const box = node("td", "quarter", shown(model.within(row.place, quarter)));
  box.setAttribute("role", "gridcell");
  return box;
}

// What all have in each quarter; and below all rows, of each column, the units below it less what it has itself.
export function prove(grid) {
  const { model, words } = grid;
  for (const quarter of model.quarters) quarter.sum.textContent = model.rows.length ? shown(inAll(model, quarter)) : "";
  grid.foot.replaceChildren();
  const gaps = grid.isRate || !model.rows.length ? [] : grid.seen.map((one) => added((one.quarter?.columns ?? [one.c]).map((c) => missed(model, c))));
  if (gaps.every((gap) => gap === null)) return;
  const line = grid.foot.insertRow();
  line.append(Object.assign(node("th", "name", words.proof), { scope: "row" }));
  for (const gap of gaps) line.append(node("td", gap ? "bad" : "good", gap === null ? "" : gap ? shown(gap) : "✓ 0"));
  line.append(node("td", "check"));
}

// What the first row has in a quarter; where nothing is set for it, what the units below it have.
const inAll = (model, quarter) => model.within(0, quarter) ?? added(quarter.columns.map((c) => model.below(0, c)));

// The two ways out of a unit's missing 120 %: its people carry more, each in proportion, or somebody waives it.
export function waysOut(grid, r) {
  const { model, words } = grid;
  const found = [];
  if (model.filledUp(r, grid.step)) {
    const fill = Object.assign(node("button", "btn small", words.fillUp), { type: "button" });
    fill.addEventListener("click", () => fillUp(grid, model.filledUp(r, grid.step)));
    found.push(fill);
  }
  if (grid.talk) found.push(Object.assign(node("a", "btn small", words.waive), { href: grid.talk }));
  return found;
}

// Whoever has months already gets the new whole over them as well.
function fillUp(grid, wanted) {
  const { model } = grid;
  const spread = wanted.filter(([r]) => model.inTime(r) !== null);
  grid.apply(wanted);
  grid.apply(spread.flatMap(([r]) => [...(model.proposal(r, grid.step) ?? [])].map(([c, amount]) => [r, c, amount])));
  grid.box.focus({ preventScroll: true });
}

function missed(model, c) {
  const below = model.below(0, c);
  const { amount } = model.cell(0, c);
  return below === null || amount === null ? null : below - amount;
}

const added = (gaps) => (gaps.includes(null) ? null : gaps.reduce((sum, gap) => sum + gap, 0n));
