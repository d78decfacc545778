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
  } catch {
    shown.querySelector(".offline")?.removeAttribute("hidden");
  }
  wait();
}

function wait() {
  const seconds = Number(main().dataset.seconds);
  if (seconds) setTimeout(next, seconds * 1000);
}

document.addEventListener("dblclick", () => document.documentElement.requestFullscreen?.());
navigator.wakeLock?.request("screen").catch(() => {});
wait();
