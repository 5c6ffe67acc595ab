// Makes some questions smoother: steps are moved by buttons, regions chosen in the picture. Without this file there
// are the plain form fields, and those stay what is saved.
"use strict";

(() => {
  // --- steps in an order ------------------------------------------------------------------------
  const placeOf = (row) => row.querySelector("select");
  const rowsOf = (group) => [...group.querySelectorAll(".part")];

  // Rows stand in the order of their places; those without one keep their order at the end.
  function arrange(group) {
    const list = group.querySelector(".part-list");
    const place = (row) => Number(placeOf(row).value) || Infinity;
    rowsOf(group).sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b))).forEach((row) => list.append(row));
    const rows = rowsOf(group);
    rows.forEach((row, index) => {
      row.querySelector("[data-move='-1']").disabled = index === 0;
      row.querySelector("[data-move='1']").disabled = index === rows.length - 1;
    });
  }

  // Every row gets the place at which it stands; one event tells the page to save.
  function number(group) {
    rowsOf(group).forEach((row, index) => { placeOf(row).value = String(index + 1); });
    placeOf(rowsOf(group)[0]).dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "numbered" }));
  }

  function move(group, row, to) {
    const rows = rowsOf(group).filter((other) => other !== row);
    rows.splice(to, 0, row);
    rows.forEach((one) => group.querySelector(".part-list").append(one));
    number(group);
    arrange(group);
    group.querySelector("[data-ordering-said]").textContent = `Now at place ${to + 1} of ${rows.length}.`;
  }

  function ready(root) {
    for (const group of root.querySelectorAll("[data-ordering]")) {
      group.querySelectorAll(".movers").forEach((one) => { one.hidden = false; });
      arrange(group);
    }
    root.querySelectorAll("[data-hotspot]").forEach(show);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ordering] [data-move]");
    if (!button) return;
    const group = button.closest("[data-ordering]");
    const row = button.closest(".part");
    move(group, row, rowsOf(group).indexOf(row) + Number(button.dataset.move));
    const other = row.querySelector("[data-move]:not([disabled])");
    (button.disabled ? other : button).focus();
  });

  // A place chosen from a list moves the step there, and the others make room.
  document.addEventListener("change", (event) => {
    if (event.detail === "numbered" || !event.target.matches("[data-ordering] select") || !event.target.value) return;
    const group = event.target.closest("[data-ordering]");
    move(group, event.target.closest(".part"), Number(event.target.value) - 1);
    event.target.focus();
  }, { capture: true });

  // --- regions of a picture ---------------------------------------------------------------------
  function show(picture) {
    for (const shape of picture.querySelectorAll("[data-region]")) {
      shape.classList.toggle("is-chosen", picture.querySelector(`input[value="${shape.dataset.region}"]`).checked);
    }
  }

  document.addEventListener("click", (event) => {
    const shape = event.target.closest("[data-hotspot] [data-region]");
    shape?.closest("[data-hotspot]").querySelector(`input[value="${shape.dataset.region}"]`).click();
  });
  document.addEventListener("change", (event) => {
    const picture = event.target.closest("[data-hotspot]");
    if (picture) show(picture);
  });

  document.addEventListener("htmx:afterSwap", () => ready(document));
  document.addEventListener("plumbline:filled", () => ready(document));
  ready(document);
})();
