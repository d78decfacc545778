// The thread beside the sheet: what is said meanwhile appears, a proposal is taken into the cells by one press, and the
// cell under the cursor is named in a message.
import { inOnes, parse } from "./model.js";

export class Thread {
  constructor(grid) {
    this.grid = grid;
    this.aside = document.getElementById("thread");
    if (!this.aside) return;
    this.aside.closest(".sheet-beside").classList.add("live");
    this.aside.addEventListener("click", (event) => this.press(event));
    this.aside.addEventListener("htmx:afterSwap", () => this.end());
    this.end();
  }

  get turns() { return this.aside?.querySelector("#turns"); }

  // The last that was said is in sight.
  end() { if (this.turns) this.turns.scrollTop = this.turns.scrollHeight; }

  look() { this.turns?.dispatchEvent(new Event("look")); }

  press(event) {
    const take = event.target.closest("[data-take]");
    if (take) this.take(JSON.parse(take.dataset.take));
    if (event.target.closest("[data-quote]")) this.quote();
  }

  // The proposal as wholes of its rows; undone as any other act.
  take(amounts) {
    const { grid } = this;
    const rows = Object.entries(amounts).map(([key, amount]) => [grid.model.byKey.get(key), amount]);
    grid.apply(rows.filter(([row]) => row).map(([row, amount]) => [row.place, grid.model.last, parse(amount)]), rows.filter(([row]) => !row).length);
    grid.box.focus({ preventScroll: true });
  }

  quote() {
    const field = this.aside.querySelector("textarea");
    const { model, at, rows } = this.grid;
    const row = rows[at.row];
    if (!field || !row) return;
    const said = `${row.name} ${model.columns[at.column].key} ${inOnes(model.cell(row.place, at.column).amount)}`.trim();
    field.setRangeText(`${field.value && !/\s$/.test(field.value) ? " " : ""}${said} `, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
}
