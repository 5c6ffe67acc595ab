// Puts a code editor in the place of each textarea[data-code]. The textarea stays the form's field: the editor
// writes into it and lets it tell of each change, so that saving knows nothing of editors. Without the editor
// (an old browser, a file that does not arrive) the textarea is there, as it is without scripts.
"use strict";

(() => {
  const editors = new WeakMap();    // textarea -> editor
  const usable = "adoptedStyleSheets" in Document.prototype;

  async function mount(area) {
    area.dataset.mounting = "1";
    const { makeEditor } = await import(area.dataset.bundle);
    if (!area.isConnected) return;
    const chooser = document.getElementById(area.dataset.codeFrom ?? "");  // a field that names the language
    const label = document.querySelector(`label[for="${area.id}"]`);
    const keys = area.closest(".field, fieldset")?.querySelector(".code-keys");
    const box = document.createElement("div");
    box.className = "code-editor";
    const hadFocus = document.activeElement === area;
    area.after(box);
    const editor = makeEditor(box, {
      text: area.value,
      language: chooser ? chooser.value.replace("_documents", "") : area.dataset.code,
      label: [label?.textContent.trim(), keys?.textContent.trim()].filter(Boolean).join(". "),
      readOnly: area.readOnly,
      changed(text) {
        area.value = text;
        area.dispatchEvent(new Event("input", { bubbles: true }));
      },
    });
    editors.set(area, editor);
    area.hidden = true;
    if (keys) keys.hidden = false;
    label?.addEventListener("click", () => editor.focus());
    if (hadFocus) editor.focus();
    chooser?.addEventListener("change", () => {
      editor.view.destroy();
      box.remove();
      mount(area).catch(() => { area.hidden = false; });
    }, { once: true });
  }

  function mountAll() {
    if (!usable) return;
    for (const area of document.querySelectorAll("textarea[data-code]:not([data-mounting])")) {
      mount(area).catch(() => { area.hidden = false; });
    }
  }

  // Whoever fills a form from outside says so afterwards, on the form.
  document.addEventListener("plumbline:filled", (event) => {
    for (const area of event.target.querySelectorAll("textarea[data-code]")) {
      const editor = editors.get(area);
      if (editor && editor.text() !== area.value) editor.replace(area.value);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.elt.matches("[data-try]") || event.detail.successful) return;
    document.getElementById("tried").textContent = "It could not be tried: there is no connection. Your answer is kept.";
  });
  document.addEventListener("htmx:afterSwap", mountAll);
  mountAll();
})();
