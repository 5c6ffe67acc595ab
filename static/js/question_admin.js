"use strict";
// Adds rows and switches the type without a detour over the server. Without this file, the same buttons submit.
(function () {
  const form = document.getElementById("question-form");
  if (!form) return;

  for (const group of form.querySelectorAll("[data-rows]")) {
    const total = group.querySelector("input[name$='-TOTAL_FORMS']");
    const template = group.querySelector("template");
    const button = group.querySelector("button[name='_more']");
    if (!total || !template || !button) continue;
    button.addEventListener("click", function (event) {
      const number = Number(total.value);
      if (number >= 60) return;
      event.preventDefault();
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(number));
      const row = holder.firstElementChild;
      row.querySelector("[data-number]").textContent = String(number + 1);
      template.before(row);
      total.value = String(number + 1);
      row.querySelector("textarea, input:not([type='hidden'], [type='checkbox'])").focus();
    });
  }

  // Another type has other fields, which the server makes; what was typed comes back with them.
  const switcher = form.querySelector("[data-type-switch]");
  const type = form.querySelector("select[name='type']");
  if (switcher && type) {
    switcher.hidden = true;
    type.addEventListener("change", () => form.requestSubmit(switcher));
  }

  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => {
    if (!event.submitter || event.submitter.name !== "_preview") changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
