// Shows times in the reader's own time zone. Without script they stand there in UTC.
"use strict";

(() => {
  const formats = {
    "": { dateStyle: "long", timeStyle: "short" },
    time: { timeStyle: "short" },
    seconds: { timeStyle: "medium" },
    moment: { dateStyle: "long", timeStyle: "medium" },
  };
  function localise(root) {
    for (const element of root.querySelectorAll("time[data-local]")) {
      const when = new Date(element.dateTime);
      if (!Number.isNaN(when.valueOf())) {
        element.textContent = new Intl.DateTimeFormat("en-GB", formats[element.dataset.local]).format(when);
      }
      element.removeAttribute("data-local");
    }
  }
  localise(document);
  document.addEventListener("htmx:load", (event) => localise(event.detail.elt.parentElement ?? document));
})();
