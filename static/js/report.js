// The button that prints works only with a script, so it is shown only by one.
(() => {
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
