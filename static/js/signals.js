// Small things around a question: its mark, a note on it, and the signals that the consent names.
"use strict";

(() => {
  const { byId, link, place } = Plumbline;

  // --- mark and note ------------------------------------------------------------------------------
  document.addEventListener("submit", async (event) => {
    const target = event.target;
    if (target.id !== "flag-form" && target.id !== "problem-form") return;
    event.preventDefault();
    let body = null;
    let ok = false;
    try {
      const reply = await fetch(target.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(target)),
        headers: { Accept: "application/json" },
      });
      body = await reply.json();
      ok = reply.ok;
    } catch { /* said below */ }
    delete target.dataset.sent;
    if (target.id === "problem-form") {
      byId("problem-reply").textContent = body ? body.message : "No connection. Send it again in a moment.";
      if (ok) target.elements.text.value = "";
    } else if (ok) {
      showFlag(target, body.flagged);
    } else {
      link.show("The mark could not be set. Try again.", "bad");
    }
  });

  function showFlag(target, flagged) {
    target.elements.flagged.value = flagged ? "0" : "1";
    const button = target.querySelector("button");
    button.setAttribute("aria-pressed", String(flagged));
    button.textContent = flagged ? "Remove the mark" : "Mark for another look";
    const cell = document.querySelector(`[data-cell="${byId("sheet").dataset.position}"]`);
    cell?.classList.toggle("is-flagged", flagged);
  }

  // --- signals ------------------------------------------------------------------------------------
  // What the page before the start names, and nothing else. They are hints for people and stop nothing.
  const EVERY_MS = 10000;
  const AWAY_FROM_S = 2;            // less is a slip of the mouse
  const MOST = 50;
  let waiting = [];
  let sending = false;
  let awaySince = null;

  function report(kind, data) {
    if (waiting.length < MOST) waiting.push({ kind, ...data });
  }

  async function send() {
    if (sending || !waiting.length || !place.urls.events) return;
    sending = true;
    const batch = waiting;
    waiting = [];
    try {
      const reply = await fetch(place.urls.events, {
        method: "POST",
        body: JSON.stringify(batch),
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
        },
        keepalive: true,
      });
      if (reply.status >= 500) throw new Error(String(reply.status));
    } catch {
      waiting = [...batch, ...waiting].slice(0, MOST);
    }
    sending = false;
  }

  function away() { awaySince ??= performance.now(); }

  function here() {
    if (awaySince === null || document.visibilityState === "hidden") return;
    const seconds = Math.round((performance.now() - awaySince) / 1000);
    awaySince = null;
    if (seconds >= AWAY_FROM_S) report("focus_lost", { seconds });
  }

  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? away() : here()));
  window.addEventListener("blur", away);
  window.addEventListener("focus", here);
  document.addEventListener("paste", (event) => {
    if (event.target.name !== "answer") return;
    const characters = (event.clipboardData?.getData("text") ?? "").length;
    report("paste", { position: Number(byId("sheet").dataset.position), characters });
  });
  link.onBack((seconds) => report("offline", { seconds: Math.round(seconds) }));
  window.addEventListener("pagehide", send);
  setInterval(send, EVERY_MS);
})();
