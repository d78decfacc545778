export const node = (name, className = "", text = "") => Object.assign(document.createElement(name), { className, textContent: text });

// What it is to those who hear the grid read out: a table that is laid out as one tells them nothing.
export function as(role, made) {
  made.setAttribute("role", role);
  return made;
}

// An icon of the sprite the page draws its own from.
export function icon(name) {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  shape.setAttribute("class", "icon");
  shape.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.querySelector("svg.icon > use").getAttribute("href").split("#")[0]}#${name}`);
  shape.append(use);
  return shape;
}
