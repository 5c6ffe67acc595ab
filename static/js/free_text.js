// Counts the words of a text while it is written. Without it the page shows the count of what is saved.
"use strict";

(() => {
  const count = (text) => text.split(/\s+/).filter(Boolean).length;

  function say(area) {
    const words = count(area.value);
    const said = area.closest(".field").querySelector("[data-words-said]");
    said.textContent = words;
    said.parentElement.classList.toggle("is-over", words > Number(area.dataset.words));
  }
  const sayAll = (root = document) => root.querySelectorAll("textarea[data-words]").forEach(say);

  document.addEventListener("input", (event) => { if (event.target.matches("textarea[data-words]")) say(event.target); });
  document.addEventListener("plumbline:filled", (event) => sayAll(event.target));
  document.addEventListener("htmx:afterSwap", () => sayAll());
  sayAll();
})();
