// The question on the page: reading its form, filling it in, and showing what became of an answer.
"use strict";

Plumbline.sheet = (() => {
  const { byId } = Plumbline;
  const form = () => byId("answer-form");
  const position = () => Number(byId("sheet")?.dataset.position ?? 0);
  let since = performance.now();

  // The seconds on a question count from here.
  function arrived() { since = performance.now(); }

  // A field "answer" is the whole answer; a field "answer-X" is its part X, and its value V is kept as "X:V".
  const PART = "answer-";
  const isAnswer = (box) => box.name === "answer" || Boolean(box.name?.startsWith(PART));
  const prefix = (name) => (name.startsWith(PART) ? `${name.slice(PART.length)}:` : "");
  const boxes = () => [...form().elements].filter(isAnswer);

  function fields(target = form()) {
    target.elements.seconds.value = ((performance.now() - since) / 1000).toFixed(1);
    const found = { answer: [] };
    for (const [name, value] of new FormData(target)) {
      if (name.startsWith(PART)) value && found.answer.push(prefix(name) + value);
      else if (!["csrfmiddlewaretoken", "revision", "go"].includes(name)) (found[name] ??= []).push(value);
    }
    return found;
  }

  // What a kept answer holds for a box: its value, or for a box to be ticked whether it is.
  const isTicked = (box) => ["radio", "checkbox"].includes(box.type);
  const held = (box, values) => values.answer.find((value) => value.startsWith(prefix(box.name)))?.slice(prefix(box.name).length);

  // Whether what stands in the form is not what the page came with: somebody was quicker than the scripts.
  function touched() {
    const first = (list) => ([...list.options].find((option) => option.defaultSelected) ?? list.options[0])?.value;
    return boxes().some((box) => {
      if (isTicked(box)) return box.checked !== box.defaultChecked;
      return box.value !== (box.options ? first(box) : box.defaultValue);
    });
  }

  function fill(values) {
    for (const box of boxes()) {
      if (isTicked(box)) box.checked = values.answer.includes(prefix(box.name) + box.value);
      else box.value = held(box, values) ?? box.dataset.start ?? "";
    }
    form().dispatchEvent(new Event("plumbline:filled", { bubbles: true }));
  }

  // A kept answer in words: the labels of what was ticked, what was chosen or typed.
  function describe(values) {
    const words = boxes().map((box) => {
      if (isTicked(box)) return values.answer.includes(prefix(box.name) + box.value) ? box.closest("label").textContent.trim() : "";
      const value = held(box, values);
      if (!value) return "";
      const chosen = [...(box.options ?? [])].find((option) => option.value === value)?.textContent ?? value;
      const name = prefix(box.name) && (box.ariaLabel ?? box.labels?.[0]?.textContent.trim());
      return name ? `${name}: ${chosen}` : chosen;
    });
    return words.filter(Boolean).join("; ") || "nothing";
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

  return { form, position, arrived, isAnswer, fields, fill, touched, describe, markCell, saveState };
})();
