// Runs before the first paint: the device's own appearance where the person chose none.
const root = document.documentElement;
if (root.dataset.theme === "auto" || !root.dataset.theme) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
}
