// The time of an attempt: the nearest end, what was given in addition, and words about both.
"use strict";

Plumbline.clock = (() => {
  const { byId, link } = Plumbline;
  const ASK_MS = 14000;
  const SAY_AT_MINUTES = [30, 10, 5, 2, 1];
  const box = byId("clock");
  const listeners = { over: null };

  // The page never counts down by itself: it holds the ends as moments of its own steady clock, set anew
  // from each reply of the server, and shows the difference.
  let endsAt = null;              // the nearest end
  let wholeEndsAt = null;         // the end of the attempt
  let ofPart = false;             // whether the nearest end is that of a question or part
  let asked = performance.now() - ASK_MS + 2000;
  const said = new Set();

  const moment = (ms) => (ms === null || ms === undefined || ms === "" ? null : performance.now() + Number(ms));
  const left = (end) => (end === null ? null : end - performance.now());

  // The end of a save's reply or of a fresh question: the nearest one.
  function set(nearest, { part = ofPart, whole } = {}) {
    const fresh = moment(nearest);
    const more = endsAt !== null && fresh !== null && part === ofPart && fresh - endsAt > 20000;
    if (part !== ofPart) said.clear();
    ofPart = part;
    if (whole !== undefined) wholeEndsAt = moment(whole);
    const minutes = more ? Math.round((fresh - endsAt) / 60000) : 0;
    if (nearest !== undefined) endsAt = fresh;
    label();
    return minutes;
  }

  // A save tells the time too. If there is suddenly more of it, the clock knows why.
  async function saved(nearest, given) {
    if (nearest === undefined) return;
    const minutes = set(nearest);
    if (given) tellGiven(given, 0);
    if (!minutes) return;
    said.clear();
    await ask(given ? 0 : minutes);
  }

  function fromSheet() {
    const { remaining, whole, part } = (byId("sheet") ?? box).dataset;
    const now = (ms) => (ms ? Number(ms) - Plumbline.keep.age() : ms);
    set(now(remaining), { part: part === "1", whole: now(whole ?? remaining) });
  }

  function label() {
    byId("clock-label").hidden = ofPart;
    byId("clock-part").hidden = !ofPart;
  }

  // --- asking the server ------------------------------------------------------------------------
  async function ask(jump = 0) {
    if (!box) return null;
    asked = performance.now();
    const position = byId("sheet")?.dataset.position ?? "";
    let body;
    try {
      const reply = await fetch(`${box.dataset.url}?position=${position}`, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(10000),
      });
      if (reply.status === 404) link.refuse(true);
      if (!reply.ok) throw new Error(String(reply.status));
      body = await reply.json();
    } catch {
      return null;
    }
    if (position !== (byId("sheet")?.dataset.position ?? "")) return body;   // the page went on meanwhile
    const nearest = body.nearest_ms ?? null;
    const part = nearest !== null && (body.remaining_ms === null || nearest < body.remaining_ms);
    const gained = set(nearest, { part, whole: body.remaining_ms });
    tellGiven(body.given ?? [], jump || gained);
    return body;
  }

  const more = (seconds) => {
    const minutes = Math.round(seconds / 60);
    if (minutes < 1) return `${Math.round(seconds)} more seconds`;
    return minutes === 1 ? "1 more minute" : `${minutes} more minutes`;
  };

  const givenKey = () => `given-${Plumbline.place.attempt}`;
  const givenKnown = () => JSON.parse(Plumbline.session.getItem(givenKey()) ?? "[]");

  // Each extension is said once in this tab, with its reason.
  function tellGiven(given, jump) {
    const known = new Set(givenKnown());
    const fresh = given.filter((one) => !known.has(one.id));
    Plumbline.session.setItem(givenKey(), JSON.stringify(given.map((one) => one.id)));
    // The page of the pause has said what it gave.
    const news = fresh.filter((one) => one.kind !== "pause" && one.seconds > 0);
    if (news.length) {
      said.clear();
      notice(news.map((one) => `You have been given ${more(one.seconds)}${one.reason ? `: ${one.reason.replace(/\.$/, "")}` : ""}.`).join(" "));
    } else if (jump && !fresh.length) {
      notice(`You have been given ${more(jump * 60)}.`);
    }
  }

  // --- saying it --------------------------------------------------------------------------------
  let showing = null;

  // In the live region; `ms` > 0 shows it to the eye as well, for so long.
  function say(words, ms = 0) {
    const region = byId("clock-said");
    if (!region) return;
    clearTimeout(showing);
    region.textContent = "";
    setTimeout(() => { region.textContent = words; }, 50);      // the same words again are said again
    region.classList.toggle("visually-hidden", !ms);
    if (ms) showing = setTimeout(() => region.classList.add("visually-hidden"), ms);
  }

  const notice = (words) => say(words, 20000);

  function inWords(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const parts = [[Math.floor(seconds / 3600), "hour"], [Math.floor((seconds % 3600) / 60), "minute"], [seconds % 60, "second"]];
    const named = parts.filter(([number]) => number).map(([number, name]) => `${number} ${name}${number === 1 ? "" : "s"}`);
    return named.join(" ") || "no time";
  }

  function tell() {
    const near = left(endsAt);
    const whole = left(wholeEndsAt);
    if (near === null) return say("There is no time limit.", 8000);
    if (!ofPart) return say(`${inWords(near)} left.`, 8000);
    const rest = whole === null ? "" : ` The whole assessment ends in ${inWords(whole)}.`;
    return say(`This part ends in ${inWords(near)}.${rest}`, 8000);
  }

  function asClock(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
    if (!parts[0]) parts.shift();
    return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
  }

  // --- running ------------------------------------------------------------------------------------
  async function tick() {
    const near = left(endsAt);
    const shown = byId("clock-left");
    if (shown) shown.textContent = near === null ? "" : asClock(near);
    box.classList.toggle("is-short", near !== null && near < 5 * 60000);
    box.classList.toggle("is-untimed", near === null);
    for (const minutes of near === null ? [] : SAY_AT_MINUTES) {
      if (near <= minutes * 60000 && near > minutes * 60000 - 5000 && !said.has(minutes)) {
        said.add(minutes);
        say(`${ofPart ? "This part: " : ""}${minutes} minute${minutes === 1 ? "" : "s"} left.`);
      }
    }
    if (near !== null && near <= 0) listeners.over?.(ofPart);
    else if (performance.now() - asked > ASK_MS) watch();
  }

  async function watch() {
    const body = await ask();
    if (!body) link.down();
    else if (body.state !== "in_progress") listeners.over?.(false);
    else if (link.isDown()) listeners.back?.();
  }

  function start({ over, back }) {
    if (!box) return;
    Object.assign(listeners, { over, back });
    fromSheet();
    for (const button of [byId("clock-ask"), byId("clock-toggle")]) if (button) button.hidden = false;
    byId("clock-ask")?.addEventListener("click", tell);
    document.addEventListener("keydown", (event) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyT") return;
      event.preventDefault();
      tell();
    });
    const toggle = byId("clock-toggle");
    const show = (hidden) => {
      box.classList.toggle("is-hidden", hidden);
      toggle.textContent = hidden ? "Show time left" : "Hide";
      toggle.setAttribute("aria-pressed", String(hidden));
      Plumbline.session.setItem("clock-hidden", hidden ? "1" : "");
    };
    toggle?.addEventListener("click", () => show(!box.classList.contains("is-hidden")));
    if (toggle) show(Plumbline.session.getItem("clock-hidden") === "1");
    tick();
    setInterval(tick, 500);
  }

  return { start, saved, given: () => Math.max(0, ...givenKnown()), fromSheet, ask, watch, say, remaining: () => left(endsAt) };
})();
