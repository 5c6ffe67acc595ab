// Taking an assessment: saves each change at once, keeps trying when the connection fails, leads on and
// hands in at the end. Without this file the buttons of the page do the same, by hand.
"use strict";

(() => {
  const SAVE_AFTER_MS = 600;        // typing pauses; a click is saved at once
  const RETRY_MS = [1000, 2000, 4000, 8000, 10000];
  const NEAR_THE_END_MS = 120000;   // from then on never quiet for more than the next number
  const RETRY_NEAR_THE_END_MS = 2000;
  const SEND_PATIENCE_MS = 15000;
  const KEEPALIVE_CHARS = 60000;    // browsers refuse to keep a request of more than 64 KiB alive
  const NO_ROOM = "This browser keeps nothing on this device. Leave the page open until it says that the answer is saved.";

  const { byId, link, clock, rescue, place, keep, failures: failedSaves } = Plumbline;
  const outbox = Plumbline.makeOutbox(place.attempt, { storage: Plumbline.storage, tab: place.tab, send: post });
  const { form, position, fields, fill, describe, markCell, saveState } = Plumbline.sheet;

  let timer = null;
  let sending = null;
  let failures = 0;
  let readOnly = false;             // another tab has the question, or it is over
  let leading = false;              // a button that leads on is at work: no other save may cross its way
  let moving = false;               // the page is being left on purpose
  let pressed = "stay";

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- saving -----------------------------------------------------------------------------------
  function changed(delay) {
    if (readOnly) return;
    catchUp();
    if (nothingNew()) return;
    outbox.put(position(), Number(form().elements.revision.value), fields());
    saveState("waiting", "Saving…");
    byId("save-warning").textContent = Plumbline.storage.volatile() ? NO_ROOM : "";   // the rest was about what stood there before
    if (link.isDown()) link.down();          // one more is kept: the words count
    if (sending && !link.isDown()) return;   // it goes on with the newest
    again(delay);
  }

  // A field that loses the focus says once more that it was changed.
  function nothingNew() {
    const answer = (values) => JSON.stringify({ ...values, seconds: null });
    const note = outbox.confirmed(position());
    if (outbox.newest(position()) || note?.revision !== Number(form().elements.revision.value)) return false;
    if (answer(note.fields) !== answer(fields())) return false;
    saved({ ...note, saved_at: note.at });
    return true;
  }

  function again(delay) {
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }

  function retryIn() {
    const usual = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    const left = clock.remaining();
    return left !== null && left < NEAR_THE_END_MS ? Math.min(usual, RETRY_NEAR_THE_END_MS) : usual;
  }

  // Sends what waits: this question first, then the others, each in its order.
  function send() {
    clearTimeout(timer);
    if (leading) return pause(100);
    sending ??= outbox.exclusively(sendAll).finally(() => {
      sending = null;
      if (failures) again(retryIn());
      else if (outbox.waiting().length && !leading) again(outbox.waiting(position()).length ? 300 : 1500);
    });
    return sending;
  }

  async function sendAll() {
    const here = position();
    while (!leading) {
      const told = (await outbox.step(here)) ?? (await outbox.step(null));
      if (!told) return;
      answered(told);
      if (!told.stored && !told.held) return;
    }
  }

  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // Posts one answer; tells whether it is stored, or why it never will be.
  async function post(at, revision, values) {
    const body = new URLSearchParams({ csrfmiddlewaretoken: csrf(), revision, given: clock.given() });
    for (const [name, all] of Object.entries(values)) for (const value of all) body.append(name, value);
    let reply;
    try {
      reply = await fetch(place.urls.save.replace("/0/", `/${at}/`), {
        method: "POST", body, headers: { Accept: "application/json" },
        keepalive: body.toString().length < KEEPALIVE_CHARS,
        signal: AbortSignal.timeout(SEND_PATIENCE_MS),
      });
      if (reply.status >= 500 || reply.status === 429) throw new Error(String(reply.status));
    } catch {
      return { stored: false };
    }
    const told = await reply.json().catch(() => ({}));
    if (reply.ok && told.revision !== undefined) return { stored: true, body: told };
    if (told.outcome) return { stored: false, held: told.outcome, body: told };
    return { stored: false, outOfDate: true, unknown: reply.status === 404 };
  }

  function answered({ stored, held, outOfDate, unknown, body, still, position: at }) {
    if (outOfDate) {
      failures = RETRY_MS.length;
      setReadOnly(true);
      link.refuse(unknown);
      return;
    }
    if (!stored && !held) {
      failures += 1;
      failedSaves.count();
      if (at === position()) saveState("waiting", "Not saved yet");
      link.down();
      return;
    }
    failures = 0;
    failedSaves.over();
    link.up();
    clock.saved(body.remaining_ms, body.given);
    if (stored) markCell(at, body.answered);
    if (at !== position() || !form()) {
      if (held === "stale") link.show(`Question ${at} was answered in another tab too. Open it to choose.`, "bad");
      return;
    }
    if (stored) saved(body);
    else if (still) refused(held, body);
  }

  function saved(body) {
    form().elements.revision.value = body.revision;
    byId("save-warning").textContent = body.message ?? "";
    if (outbox.newest(position())) return;
    const at = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(body.saved_at ?? Date.now()));
    saveState("saved", body.answered ? `Saved ${at}` : "Answer cleared, saved");
  }

  function refused(why, body) {
    saveState("refused", "Not saved");
    if (why === "stale") return lock(body.message);
    if (why === "closed") return atTheEnd(false);
    if (why === "part_closed" || why === "left") {
      link.show(body.message, "bad");
      return goTo(body.next);
    }
    outbox.dropHeld(position());
    byId("save-warning").textContent = body.message ?? "This answer cannot be saved.";
    return undefined;
  }

  // Send what is not saved yet; gives up after `patience` ms (it is kept, and the page goes on trying).
  async function flush(patience, at = null) {
    const until = performance.now() + patience;
    while (outbox.waiting(at).length && performance.now() < until) {
      await Promise.race([send(), pause(until - performance.now())]);
      if (outbox.waiting(at).length) await pause(300);
    }
    return !outbox.waiting(at).length;
  }

  function goTo(url) {
    moving = true;
    window.location = url;
  }

  // --- two tabs -----------------------------------------------------------------------------------
  function setReadOnly(on) {
    readOnly = on;
    if (form()) form().inert = on;
  }

  // Something newer is stored, or another tab took over: nothing can be changed here, and nothing is lost.
  function lock(words) {
    setReadOnly(true);
    byId("stale-words").textContent = words;
    byId("stale").hidden = false;
    byId("stale-take").focus();
  }

  function takeOver() {
    Plumbline.storage.setItem(`plumbline/active/${place.attempt}`, JSON.stringify({ position: position(), at: Date.now() }));
    moving = true;
    window.location.reload();
  }

  // Another tab has sent what this one wrote.
  function catchUp() {
    const note = outbox.acknowledged(position());
    if (note && form() && note.revision > Number(form().elements.revision.value)) {
      saved({ revision: note.revision, answered: fields().answer.some(Boolean) });
    }
  }

  window.addEventListener("storage", (event) => {
    if (event.key === outbox.ackedKey + position()) catchUp();
    if (event.key !== `plumbline/active/${place.attempt}` || !event.newValue || readOnly) return;
    if (JSON.parse(event.newValue).position === position()) lock("You went on with this question in another tab or window.");
  });

  // --- what an earlier page left behind -------------------------------------------------------------
  function pickUp() {
    setReadOnly(false);
    byId("stale").hidden = true;
    const draft = outbox.held(position()).find((entry) => entry.held === "stale")?.queue.at(-1).fields;
    byId("draft").hidden = !draft;
    if (draft) byId("draft-words").textContent = describe(draft);
    bringUpToDate();
    const unsent = outbox.newest(position());
    if (!unsent) return;
    outbox.adopt(position());
    fill(unsent.fields);
    saveState("waiting", "Saving…");
  }

  // The server may have drawn this page before it got the last answer from the one that was here before.
  function bringUpToDate() {
    const note = outbox.confirmed(position());
    if (!note || !(note.revision > Number(form().elements.revision.value))) return;
    fill(note.fields);
    markCell(position(), note.answered);
    saved({ ...note, saved_at: note.at });
  }

  function useDraft() {
    const draft = outbox.held(position()).find((entry) => entry.held === "stale")?.queue.at(-1).fields;
    outbox.dropHeld(position());
    byId("draft").hidden = true;
    if (!draft) return;
    fill(draft);
    changed(0);
  }

  // --- the end ----------------------------------------------------------------------------------
  let ending = false;

  async function atTheEnd(ofPart) {
    if (ending) return;
    ending = true;
    const body = await clock.ask();        // more time may have been granted: ask once more
    const running = body?.state === "in_progress";
    if (running && (body.nearest_ms === null || body.nearest_ms > 500)) {
      ending = false;
      return;
    }
    await flush(4000);
    // Only the server's word on the whole attempt hands it in: what this page believes may be about a part.
    if (running && (body.remaining_ms === null || body.remaining_ms > 500)) goTo(place.urls.resume);
    else if (body) {
      link.show("Time is over. Handing in…");
      moving = true;
      byId("finish-form").submit();
    } else {
      // Without a connection the browser would only show its own error page in place of this one.
      const kept = outbox.count() ? "Answers that are not sent yet are kept on this device." : "What was saved is handed in by itself.";
      link.down(`Time is over. No connection: ${ofPart ? "" : kept} Trying again…`);
      rescue.offer(outbox.answers);
      setTimeout(() => { ending = false; }, RETRY_NEAR_THE_END_MS);
    }
  }

  // Nothing is handed in while an answer is on its way, and not into a connection that is gone.
  async function handIn(finish) {
    link.show("Sending what is not saved yet…");
    const sent = await flush(8000);
    if (sent && (await clock.ask())) {
      moving = true;
      finish.submit();
      return;
    }
    delete finish.dataset.sent;
    link.down("Not handed in yet: there is no connection. Answers are kept on this device. Press the button again when it is back.");
    if (!sent) rescue.offer(outbox.answers);
  }

  // --- events -------------------------------------------------------------------------------------
  const isAnswer = (event) => event.target.form && event.target.form === form() && Plumbline.sheet.isAnswer(event.target);
  document.addEventListener("change", (event) => { if (isAnswer(event)) changed(0); });
  document.addEventListener("input", (event) => { if (isAnswer(event)) changed(SAVE_AFTER_MS); });

  // A button that leads on waits until the running save is through, and one without a reply is sent again
  // first, so that the button never looks like a second tab. Until it is done nothing can be changed.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== form()) return;
    event.preventDefault();
    if (leading || readOnly) return;
    pressed = event.detail.triggeringEvent?.submitter?.value ?? "stay";
    lead(true);
    settleFirst().then(() => {
      clearTimeout(timer);
      if (!readOnly && !outbox.unsure(position())) {
        outbox.markSent(position());
        event.detail.issueRequest(true);
        return;
      }
      lead(false);
      if (!readOnly) again(retryIn());
    });
  });
  async function settleFirst() {
    await sending;
    if (!outbox.unsure(position())) return;
    const told = await outbox.exclusively(() => outbox.step(position()));
    if (told) answered(told);
  }
  // htmx forgets the button when the focus moves on while the request waits.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === form()) event.detail.parameters.go = pressed;
  });
  function lead(on) {
    leading = on;
    form().inert = on || readOnly;
    if (on || readOnly) return;
    form().querySelector(".sheet-actions button").focus();   // it had the focus before
  }
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (elt !== form() || xhr.status >= 400) return;
    const tooLate = xhr.getResponseHeader("HX-Redirect")?.endsWith("/receipt/");   // that page offers it as a file
    const why = xhr.getResponseHeader("X-Not-Stored");
    if (why) outbox.hold(position(), why);
    else if (!tooLate) outbox.drop(position());
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      outbox.drop(position());               // these pages say what happened, and hold what was given
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form() || event.detail.successful) return;
    lead(false);
    if (event.detail.xhr.status && event.detail.xhr.status < 500) return;
    if (pressed === "clear") {
      fill({ answer: [] });
      outbox.drop(position());
    }
    if (pressed === "clear" || !outbox.waiting(position()).length) {
      outbox.put(position(), Number(form().elements.revision.value), fields());
      outbox.markSent(position());           // it may be stored
    }
    answered({ stored: false, position: position() });
    again(retryIn());
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "sheet" && event.detail.elt.id !== "sheet") return;
    failures = 0; leading = false; Plumbline.sheet.arrived();
    keep.fresh();
    keep.page();
    link.up();
    clock.fromSheet();
    document.title = document.title.replace(/^Question \d+/, `Question ${position()}`);
    const stem = byId("stem");
    stem.tabIndex = -1;
    stem.focus({ preventScroll: true });
    pickUp();
    if (outbox.waiting().length) send();
  });

  // Links wait for an unsaved answer too.
  document.addEventListener("click", async (event) => {
    const target = event.target.closest("a[href]");
    if (!target || target.download || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (readOnly || (!link.isDown() && !outbox.waiting(position()).length)) return;
    event.preventDefault();
    const sent = await flush(3000, position());
    if (sent && (!link.isDown() || (await clock.ask()))) goTo(target.href);
    else if (!readOnly) link.down(`${sent ? "No connection" : "Not saved yet"}, so this page stays open. Your answers are kept; trying again…`);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "finish-form" || event.defaultPrevented) return;
    event.preventDefault();
    handIn(event.target);
  });
  // A page that is put away may never run again: what waits is sent at once, without waiting for its turn.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && !sending && !leading && outbox.newest(position())) {
      sending = sendAll().finally(() => { sending = null; });
    }
  });
  window.addEventListener("online", () => (outbox.waiting().length ? send() : clock.watch()));
  window.addEventListener("offline", () => link.down());
  // A page that the browser kept in memory may be older than what is stored.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
  window.addEventListener("beforeunload", (event) => {
    if (outbox.waiting().length && !moving && !ending) event.preventDefault();
  });
  byId("stale-take")?.addEventListener("click", takeOver);
  byId("draft-use")?.addEventListener("click", useDraft);
  byId("draft-drop")?.addEventListener("click", () => { outbox.dropHeld(position()); byId("draft").hidden = true; });

  // --- start --------------------------------------------------------------------------------------
  keep.page();
  document.documentElement.classList.add("with-script");
  link.counts(outbox.count);
  for (const tell of [rescue.withdraw, failedSaves.tell]) link.onBack(tell);
  outbox.sweep();
  failedSaves.tell();
  if (form()) {
    const early = Plumbline.sheet.touched() ? fields() : null;
    pickUp();
    if (early) { fill(early); changed(0); }
  }
  if (keep.isCopy()) link.down();
  clock.start({
    over: atTheEnd,
    back() {
      failedSaves.tell();      // also while only the saves do not get through
      if (outbox.waiting().length) send(); else link.up();
    },
  });
  if (outbox.waiting().length) send();
})();
