// A screen on the wall goes on from board to board; without a connection the last one stays and says so.
const main = () => document.querySelector("main.tv");

async function next() {
  const shown = main();
  try {
    const answer = await fetch(shown.dataset.next, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const coming = page.querySelector("main.tv");
    if (!coming) throw new Error("no board");
    document.title = page.title;
    shown.replaceWith(document.adoptNode(coming));
    offer();
  } catch {
    shown.querySelector(".offline")?.removeAttribute("hidden");
  }
  wait();
}

function wait() {
  const seconds = Number(main().dataset.seconds);
  if (seconds) setTimeout(next, seconds * 1000);
}

// The button shows where there is a full screen to go to; it rests while the page fills it, and so for every board that comes.
const whole = document.documentElement;
const offer = () => { for (const button of document.querySelectorAll("[data-full]")) button.hidden = !whole.requestFullscreen || Boolean(document.fullscreenElement); };
document.addEventListener("dblclick", () => whole.requestFullscreen?.());
document.addEventListener("click", (event) => { if (event.target.closest("[data-full]")) whole.requestFullscreen?.(); });
document.addEventListener("fullscreenchange", offer);
offer();
navigator.wakeLock?.request("screen").catch(() => {});
wait();
