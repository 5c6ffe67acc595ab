// The question on the page: reading its form, filling it in, and showing what became of an answer.
"use strict";

Plumbline.sheet = (() => {
  const { byId } = Plumbline;
  const form = () => byId("answer-form");
  const position = () => Number(byId("sheet")?.dataset.position ?? 0);
  let since = performance.now();

  // The seconds on a question count from here.
  function arrived() { since = performance.now(); }

  function fields(target = form()) {
    target.elements.seconds.value = ((performance.now() - since) / 1000).toFixed(1);
    const found = { answer: [] };
    for (const [name, value] of new FormData(target)) {
      if (!["csrfmiddlewaretoken", "revision", "go"].includes(name)) (found[name] ??= []).push(value);
    }
    return found;
  }

  function fill(values) {
    for (const box of form().elements) {
      if (box.name !== "answer") continue;
      if (box.type === "text") box.value = values.answer[0] ?? "";
      else box.checked = values.answer.includes(box.value);
    }
  }

  function describe(values) {
    const chosen = [...form().elements].filter((box) => box.name === "answer" && box.type !== "text" && values.answer.includes(box.value));
    const words = chosen.map((box) => box.closest("label").textContent.trim());
    return words.join("; ") || values.answer.filter(Boolean).join("; ") || "nothing";
  }

  function saveState(state, words) {
    const where = byId("save-state");
    if (!where) return;
    where.dataset.state = state;
    where.textContent = words;
  }

  function markCell(at, isAnswered) {
    const cell = document.querySelector(`[data-cell="${at}"]`);
    if (cell) {
      cell.classList.toggle("is-answered", isAnswered);
      const flagged = cell.classList.contains("is-flagged") ? ", marked" : "";
      cell.querySelector("[data-cell-words]").textContent = (isAnswered ? ", answered" : ", not answered") + flagged;
    }
    const clear = at === position() && form()?.querySelector(".clear-answer");
    if (clear) clear.hidden = !isAnswered;
  }

  return { form, position, arrived, fields, fill, describe, markCell, saveState };
})();
