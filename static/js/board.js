// The live board: updates rest while the page is hidden or paused, and catch up afterwards.
"use strict";

(() => {
  const board = document.getElementById("board");
  const button = document.querySelector("[data-pause-board]");
  if (!board || !button || !window.htmx) return;
  let paused = false;

  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    if (!paused) htmx.trigger(board, "refresh");
  });
  board.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === board && (paused || document.hidden)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !paused) htmx.trigger(board, "refresh");
  });

  // Which rows have their forms open, so that they come with each update.
  document.addEventListener("htmx:configRequest", (event) => {
    const open = [...document.querySelectorAll("[data-open-row]")].map((field) => field.value);
    if (event.detail.verb === "get" && open.length) event.detail.parameters.row = open;
  });

  // A form that somebody fills in is put back with what was typed, and with the focus where it was.
  // What somebody has just opened gets it.
  let held = null;
  board.addEventListener("htmx:beforeSwap", () => { held = document.activeElement; });
  board.addEventListener("htmx:afterSettle", (event) => {
    const { hash } = event.detail.requestConfig.elt;        // of the link on the row
    if (hash) document.querySelector(`${hash} [name=reason]`)?.focus();
    else if (held?.isConnected && held !== document.body && document.activeElement !== held) held.focus({ preventScroll: true });
  });

  // Somebody started, or the last one finished: the form for more time comes and goes with the rows.
  board.addEventListener("htmx:afterSwap", () => {
    const form = document.getElementById("more-time");
    if (form) form.hidden = !board.querySelector(".pick");
  });

  // What the server refuses (signed out, say) is said once, in words; the next success removes it.
  function problem(words) {
    let box = document.getElementById("board-problem");
    if (words && !box) {
      box = document.createElement("p");
      box.id = "board-problem";
      box.className = "callout callout-warn";
      box.setAttribute("role", "status");
      board.before(box);
    }
    if (words && box.textContent !== words) box.textContent = words;
    if (!words) box?.remove();
  }
  board.addEventListener("htmx:sendError", () => problem("No connection: the board below is not up to date. It is tried again by itself."));
  board.addEventListener("htmx:responseError", () => problem("The board below is not up to date. Reload the page if this stays."));
  board.addEventListener("htmx:beforeSwap", (event) => {
    // A way to the sign-in page comes back as that page: it must not be put into the board.
    const asked = board.getAttribute("hx-get");
    if (event.detail.xhr.responseURL && new URL(event.detail.xhr.responseURL).pathname !== asked) {
      event.detail.shouldSwap = false;
      problem("You are signed out. Reload the page to sign in again.");
    } else if (event.detail.shouldSwap) {
      problem("");
    }
  });
})();
