// Taking an assessment: saves each change at once, keeps trying when the connection fails, shows the
// time left and hands in at the end. Without this file the buttons of the page do the same, by hand.
"use strict";

(() => {
  const SAVE_AFTER_MS = 600;        // typing pauses; a click is saved at once
  const RETRY_MS = [1000, 2000, 4000, 8000, 10000];
  const RESYNC_MS = 15000;
  const SAY_AT_MINUTES = [30, 10, 5, 2, 1];

  const byId = (id) => document.getElementById(id);

  // --- time -----------------------------------------------------------------------------------
  // The page never counts down by itself: it holds the end as a moment of its own steady clock,
  // set anew from each reply of the server, and shows the difference.
  let endsAt = null;
  let ending = false;
  let lastReply = performance.now();
  const said = new Set();

  function remaining() { return endsAt === null ? null : endsAt - performance.now(); }

  function setRemaining(ms) {
    lastReply = performance.now();
    if (ms === null || ms === undefined || ms === "") return;
    const fresh = performance.now() + Number(ms);
    if (endsAt !== null && fresh - endsAt > 20000) {
      say(`You have been given ${Math.round((fresh - endsAt) / 60000)} more minutes.`);
      said.clear();
    }
    endsAt = fresh;
  }

  function say(words) {
    const region = byId("clock-said");
    if (region) region.textContent = words;
  }

  function asClock(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
    if (!parts[0]) parts.shift();
    return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
  }

  function tick() {
    const left = remaining();
    if (left === null) return;
    const shown = byId("clock-left");
    if (shown) shown.textContent = asClock(left);
    byId("clock")?.classList.toggle("is-short", left < 5 * 60000);
    for (const minutes of SAY_AT_MINUTES) {
      if (left <= minutes * 60000 && left > minutes * 60000 - 5000 && !said.has(minutes)) {
        said.add(minutes);
        say(`${minutes} minute${minutes === 1 ? "" : "s"} left.`);
      }
    }
    if (left <= 0) atTheEnd();
    else if (performance.now() - lastReply > RESYNC_MS) askClock();
  }

  async function askClock() {
    const clock = byId("clock");
    if (!clock) return null;
    lastReply = performance.now();
    try {
      const reply = await fetch(clock.dataset.url, { headers: { Accept: "application/json" } });
      if (!reply.ok) return null;
      const body = await reply.json();
      setRemaining(body.remaining_ms);
      return body;
    } catch {
      return null;
    }
  }

  async function atTheEnd() {
    if (ending) return;
    ending = true;
    const body = await askClock();         // more time may have been granted: ask once more
    if (body && body.state === "in_progress" && body.remaining_ms > 500) {
      ending = false;
      return;
    }
    await flush(4000);
    if (body) {
      linkState("Time is over. Handing in…");
      byId("finish-form").submit();
      return;
    }
    // Without a connection the browser would only show its own error page in place of this one.
    linkState("Time is over. No connection: what was saved is handed in by itself. Trying again…", "bad");
    setTimeout(() => { ending = false; }, 2000);
  }

  // --- saving ---------------------------------------------------------------------------------
  let timer = null;
  let inFlight = null;
  let dirty = false;
  let failures = 0;
  let refused = false;
  let unsure = null;                // a save without a reply: it may be stored, so it is sent again as it was
  let leading = false;              // a button that leads on is at work: no other save may cross its way
  let pressed = "stay";
  let arrived = performance.now();

  const form = () => byId("answer-form");

  function linkState(words, kind = "") {
    const place = byId("link-state");
    if (!place) return;
    if (place.textContent !== words) place.textContent = words;
    place.dataset.kind = kind;
  }

  function saveState(state, words) {
    const place = byId("save-state");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = words;
  }

  function changed(delay) {
    if (refused) return;
    dirty = true;
    saveState("waiting", "Saving…");
    byId("save-warning").textContent = "";   // it was about what stood there before
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }

  function send() {
    clearTimeout(timer);
    if (leading) return new Promise((done) => setTimeout(done, 100));
    if (inFlight) return inFlight;
    if (!(dirty || unsure) || !form()) return Promise.resolve();
    inFlight = post(form()).finally(() => {
      inFlight = null;
      if (dirty && !failures && !refused) timer = setTimeout(send, 0);
    });
    return inFlight;
  }

  function fields(target) {
    target.elements.seconds.value = ((performance.now() - arrived) / 1000).toFixed(1);
    return new URLSearchParams(new FormData(target)).toString();
  }

  async function post(target) {
    if (!unsure) dirty = false;
    const sent = unsure ?? fields(target);
    let reply;
    try {
      reply = await fetch(target.action, {
        method: "POST",
        body: new URLSearchParams(sent),
        headers: { Accept: "application/json", "X-CSRFToken": target.elements.csrfmiddlewaretoken.value },
        keepalive: true,
      });
      if (reply.status >= 500 || reply.status === 429) throw new Error(String(reply.status));
    } catch {
      failed(sent);
      return;
    }
    unsure = null;
    failures = 0;
    linkState("");
    let body;
    try {
      body = await reply.json();
    } catch {
      broken("This page is out of date. Reload it; what was saved is still there.");
      return;
    }
    answered(target, reply, body);
  }

  function answered(target, reply, body) {
    setRemaining(body.remaining_ms);
    const warning = byId("save-warning");
    if (reply.ok) {
      target.elements.revision.value = body.revision;
      if (!dirty) {
        const at = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(body.saved_at ?? Date.now()));
        saveState("saved", body.answered ? `Saved ${at}` : "Answer cleared, saved");
      }
      if (warning) warning.textContent = body.message;
      markCell(target, body.answered);
    } else if (body.outcome === "closed") {
      broken(body.message);
      atTheEnd();
    } else if (body.outcome === "stale" || body.outcome === "left") {
      broken(`${body.message} Reload the page to see what is stored.`);
    } else {
      saveState("refused", "Not saved");
      if (warning) warning.textContent = body.message ?? "";
    }
  }

  function broken(words) {
    refused = true;
    saveState("refused", "Not saved");
    linkState(words, "bad");
  }

  function failed(sent) {
    unsure = sent;
    dirty = true;
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    saveState("waiting", "Not saved yet");
    linkState("No connection. Your answer is kept on this page; trying again…", "bad");
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  // Send what is not saved yet; gives up after `patience` ms (the page then keeps it and goes on trying).
  async function flush(patience) {
    const until = performance.now() + patience;
    while ((dirty || unsure || inFlight) && !refused && performance.now() < until) {
      await Promise.race([send(), new Promise((done) => setTimeout(done, until - performance.now()))]);
      if (failures) await new Promise((done) => setTimeout(done, 300));
    }
  }

  function markCell(target, isAnswered) {
    const position = byId("sheet")?.dataset.position;
    const cell = document.querySelector(`[data-cell="${position}"]`);
    if (!cell) return;
    cell.classList.toggle("is-answered", isAnswered);
    const words = cell.querySelector("[data-cell-words]");
    const flagged = cell.classList.contains("is-flagged") ? ", marked" : "";
    words.textContent = (isAnswered ? ", answered" : ", not answered") + flagged;
    const clear = target.querySelector(".clear-answer");
    if (clear) clear.hidden = !isAnswered;
  }

  document.addEventListener("change", (event) => {
    if (event.target.form === form() && event.target.name === "answer") changed(0);
  });
  document.addEventListener("input", (event) => {
    if (event.target.form === form() && event.target.name === "answer") changed(SAVE_AFTER_MS);
  });

  // A button that leads on waits until the running save is through, and one without a reply is sent again
  // first, so that the button never looks like a second tab. Until it is done nothing can be changed.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== form()) return;
    event.preventDefault();
    if (leading) return;
    pressed = event.detail.triggeringEvent?.submitter?.value ?? "stay";
    Promise.resolve(unsure ? send() : inFlight).then(() => {
      clearTimeout(timer);
      if (!unsure) event.detail.issueRequest(true);
      else lead(false);
    });
    lead(true);
  });
  // htmx forgets the button when the focus moves on while the request waits.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === form()) event.detail.parameters.go = pressed;
  });
  function lead(on) {
    leading = on;
    form().inert = on;
    if (on) return;
    form().querySelector(".sheet-actions button").focus();   // it had the focus before
  }
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.elt === form() && event.detail.xhr.status < 400) { dirty = false; unsure = null; }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;        // these pages say what happened and what to do
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form() || event.detail.successful) return;
    lead(false);
    if (!event.detail.xhr.status || event.detail.xhr.status >= 500) failed(fields(form()));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "sheet" && event.detail.elt.id !== "sheet") return;
    dirty = false; failures = 0; refused = false; unsure = null; leading = false; arrived = performance.now();
    linkState("");
    setRemaining(byId("sheet").dataset.remaining);
    const position = byId("sheet").dataset.position;
    document.title = document.title.replace(/^Question \d+/, `Question ${position}`);
    const stem = byId("stem");
    stem.tabIndex = -1;
    stem.focus({ preventScroll: true });
  });

  // Links of the map and to the review wait for an unsaved answer too.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !(dirty || inFlight) || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    await flush(3000);
    if (dirty) linkState("Not saved yet, so this page stays open. Trying again…", "bad");
    else window.location = link.href;
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  window.addEventListener("online", () => { if (dirty) send(); });
  // A page that the browser kept in memory may be older than what is stored.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
  window.addEventListener("beforeunload", (event) => {
    if ((dirty || inFlight) && !ending) event.preventDefault();
  });

  // --- flag and note ----------------------------------------------------------------------------
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
      linkState("The mark could not be set. Try again.", "bad");
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

  // --- start ------------------------------------------------------------------------------------
  document.documentElement.classList.add("with-script");
  const clock = byId("clock");
  if (clock) setRemaining(clock.dataset.remaining);
  const toggle = byId("clock-toggle");
  if (toggle) {
    toggle.hidden = false;
    const show = (hidden) => {
      clock.classList.toggle("is-hidden", hidden);
      toggle.textContent = hidden ? "Show time left" : "Hide";
      toggle.setAttribute("aria-pressed", String(hidden));
      sessionStorage.setItem("clock-hidden", hidden ? "1" : "");
    };
    toggle.addEventListener("click", () => show(!clock.classList.contains("is-hidden")));
    show(sessionStorage.getItem("clock-hidden") === "1");
  }
  tick();
  setInterval(tick, 500);
})();
