// What stands over and under the cells: quarters over their months, folded or open, and below all rows the proof.
import { shown } from "./model.js";
import { as, icon, node } from "./node.js";

// Which columns one sees, the whole first. Those of `order` the cursor stands in; a folded quarter stands for its months,
// a folded month hides its weeks or days.
export function arrange(grid) {
  const { model } = grid;
  grid.seen = [{ c: model.last }, ...(grid.grain === "year" ? beyond(model) : model.slices ? sliced(model) : quartered(model))];
  grid.order = grid.seen.filter((one) => !one.quarter).map((one) => one.c);
  grid.spots = grid.seen.flatMap((one, spot) => (one.quarter ? [] : [spot]));
  if (!grid.order.includes(grid.at.column)) grid.at.column = model.last;
  grid.from = null;
  grid.proved = null;
  drawHead(grid);
}

const beyond = (model) => model.columns.flatMap((_, c) => (c > model.last ? [{ c }] : []));
const sliced = (model) => model.groups.flatMap((group) => [{ c: group.c }, ...(group.open ? group.columns.map((c) => ({ c })) : [])]);

function quartered(model) {
  const shut = new Map(model.groups.filter((one) => !one.open).flatMap((one) => one.columns.map((c) => [c, one])));
  const seen = [];
  for (let c = 0; c < model.last; c += 1) {
    const quarter = shut.get(c);
    if (!quarter) seen.push({ c }); else if (quarter.columns[0] === c) seen.push({ quarter });
  }
  return seen;
}

function drawHead(grid) {
  const { model, words } = grid;
  const groups = grid.grain === "year" ? [] : model.groups;
  const lines = (groups.length ? ["", "months"] : [""]).map((name) => as("row", node("tr", name)));
  grid.head.replaceChildren(...lines);
  const head = (line, text, className, rows = 1, columns = 1) => {
    const th = Object.assign(node("th", className, text), { scope: columns > 1 ? "colgroup" : "col", rowSpan: rows, colSpan: columns });
    line.append(as("columnheader", th));
    return th;
  };
  head(lines[0], words.name, "name", lines.length);
  head(lines[0], grid.grain === "year" ? model.typed[model.last].key : words.whole, "", lines.length);
  for (const group of groups) {
    const wide = (group.c === undefined ? 0 : 1) + (group.open ? group.columns.length : 0) || 1;
    drawGroup(grid, group, head(lines[0], "", wide > 6 ? "quarter wide" : "quarter", group.open || model.slices ? 1 : 2, wide));
  }
  for (const c of grid.order.slice(1)) {
    const column = model.columns[c];
    const th = head(lines.at(-1), model.slices && c < model.last ? words.month : column.name, c > model.last ? "follows" : "");
    if (column.title) th.title = column.title;
    if (column.closed && !model.groups.length) { th.classList.add("closed"); th.title = words.closed; th.append(icon("lock")); }
  }
  if (!grid.isRate) head(lines[0], words.check, "check", lines.length);
}

// A quarter over its months, or a month over its weeks or days; closed books have a lock and say so.
function drawGroup(grid, group, th) {
  const { model, words } = grid;
  const closed = (group.c === undefined ? group.columns : [group.c]).every((c) => model.columns[c].closed);
  const fold = node("button", "", `${group.open ? "▾" : "▸"} ${group.name} `);
  Object.assign(fold, { type: "button", title: closed ? words.closed : group.c === undefined ? words.quarter : words.slices });
  fold.setAttribute("aria-expanded", String(group.open));
  fold.addEventListener("click", () => { if (grid.close(true)) { group.open = !group.open; arrange(grid); grid.refresh(); } });
  group.sum = node("b");
  fold.append(group.sum);
  th.append(fold);
  if (closed) { th.classList.add("closed"); th.title = words.closed; fold.append(icon("lock")); }
}

// A cell of a folded quarter: what its months come to, to be typed into there.
export function folded(model, row, quarter) {
  return as("gridcell", node("td", "quarter", shown(model.within(row.place, quarter))));
}

// What all have in each quarter or month; and below all rows, of each column, the units below it less what it has itself.
export function prove(grid) {
  const { model, words } = grid;
  for (const group of model.groups) if (group.sum) group.sum.textContent = model.rows.length ? shown(inAll(model, group)) : "";
  grid.foot.replaceChildren();
  if (grid.isRate || !model.rows.length) return;
  proof(grid, words.proof, grid.seen.map((one) => added((one.quarter?.columns ?? [one.c]).map((c) => missed(model, c)))));
  if (model.slices) proof(grid, words.sliceProof, grid.seen.map((one) => (model.groups.some((group) => group.c === one.c) ? model.slices.gap(one.c) : null)));
}

// What is below and what is above is rounded each for itself: a few steps between their weeks or days are no fault.
function proof(grid, name, gaps) {
  const { model, words } = grid;
  if (gaps.every((gap) => gap === null)) return;
  const line = as("row", grid.foot.insertRow());
  line.append(as("rowheader", Object.assign(node("th", "name", name), { scope: "row" })));
  gaps.forEach((gap, place) => {
    const follows = grid.seen[place].c > model.last;
    const box = node("td", gap === null || (gap && follows) ? "" : gap ? "bad" : "good", gap === null ? "" : gap ? shown(gap) : "✓ 0");
    if (gap && follows) box.title = words.each;
    line.append(as("gridcell", box));
  });
  line.append(as("gridcell", node("td", "check")));
}

// What the first row has in a quarter or month; where nothing is set for it, what the units below it have.
function inAll(model, group) {
  if (group.c !== undefined) return model.cell(0, group.c).amount ?? model.below(0, group.c);
  return model.within(0, group) ?? added(group.columns.map((c) => model.below(0, c)));
}

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
