// The button that prints works only with a script, so it is shown only by one.
// Paper shows every question: folded lists are opened for printing.
(() => {
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".question-group").forEach((group) => { group.open = true; });
  });
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
