// The list: acts on many deals show themselves once one is chosen.
function hide(root) { for (const bar of root.querySelectorAll?.("[data-start-hidden]") ?? []) bar.hidden = true; }
hide(document);
document.addEventListener("htmx:load", (event) => hide(event.target));
