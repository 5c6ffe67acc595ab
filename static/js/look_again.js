// A file at work: looks every few seconds, and shows the page anew when a step is over.
(() => {
  const place = document.querySelector("[data-look-again]");
  if (!place) return;
  const pause = Number(place.dataset.lookAgain);
  const look = async () => {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const now = page.querySelector("#file-state");
      if (now && !now.hasAttribute("data-look-again")) return location.reload();
      if (now && now.textContent !== place.textContent) place.replaceChildren(...now.childNodes);
    } catch {
      // The network is away: a later look may find it again.
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
})();
