export const node = (name, className = "", text = "") => Object.assign(document.createElement(name), { className, textContent: text });
