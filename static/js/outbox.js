// The outbox: answers that the server has not confirmed. Each change goes into local storage first and leaves
// it when the server has it, so it outlives a reload, a crash and a closed tab. Nothing here touches the page.
//
// One entry per attempt, question and revision it builds on:
//   plumbline/outbox/<attempt>/<position>/<revision> = {tab, queue: [{id, fields, at, sent}], held}
// The queue holds two answers at most: one that was sent and has no reply yet (it may be stored, so it is sent
// again as it was; the server knows it by its content), and the newest. ``held``: the server refused it, and
// why; it is not sent again but kept, to be offered or written to a file.
"use strict";

window.Plumbline ??= {};

Plumbline.makeOutbox = (attempt, { storage, tab, send }) => {
  const PREFIX = "plumbline/outbox/";
  const MINE = `${PREFIX}${attempt}/`;
  const ACKED = `plumbline/acked/${attempt}/`;
  const FOREIGN_AFTER_MS = 5000;      // another tab sends its own; after that it may be gone
  const KEEP_MS = 30 * 86400000;

  const read = (key) => {
    try { return JSON.parse(storage.getItem(key)); } catch { return null; }
  };
  const write = (key, entry) => storage.setItem(key, JSON.stringify(entry));
  const keys = () => storage.keys();

  // All entries of the attempt, in the order in which they are to be sent.
  function entries(position = null) {
    return keys()
      .filter((key) => key.startsWith(MINE))
      .map((key) => {
        const [at, revision] = key.slice(MINE.length).split("/").map(Number);
        return { key, position: at, revision, ...read(key) };
      })
      .filter((entry) => entry.queue?.length && (position === null || entry.position === position))
      .sort((a, b) => a.position - b.position || a.revision - b.revision);
  }

  const waiting = (position = null) => entries(position).filter((entry) => !entry.held);
  const held = (position = null) => entries(position).filter((entry) => entry.held);
  const count = () => new Set(waiting().map((entry) => entry.position)).size;
  const newest = (position) => waiting(position).at(-1)?.queue.at(-1) ?? null;
  const unsure = (position) => waiting(position).some((entry) => entry.queue[0].sent);

  function put(position, revision, fields) {
    const key = `${MINE}${position}/${revision}`;
    const entry = read(key) ?? { tab, queue: [], held: "" };
    const last = entry.queue.at(-1);
    if (last && !last.sent) entry.queue.pop();
    entry.queue.push({ id: `${tab}-${Date.now()}-${Math.random()}`, fields, at: new Date().toISOString(), sent: false });
    write(key, { ...entry, tab, held: "" });
  }

  function markSent(position) {
    const entry = waiting(position)[0];
    if (!entry) return;
    entry.queue[0].sent = true;
    save(entry);
  }

  const save = ({ key, tab: owner, queue, held: why }) => write(key, { tab: owner, queue, held: why ?? "" });

  // The server has the first answer of an entry: what comes after it builds on the new revision.
  function settle(entry, item, { revision, saved_at: at, answered }) {
    const now = read(entry.key);
    storage.removeItem(entry.key);
    const rest = (now?.queue ?? []).filter((other) => other.id !== item.id);
    if (rest.length) write(`${MINE}${entry.position}/${revision}`, { ...now, queue: rest, held: "" });
    confirm(entry.position, { revision, id: item.id, fields: item.fields, at, answered });
  }

  // What the server has confirmed is noted, with the answer itself: a page that was drawn before can catch up.
  const confirm = (position, note) => write(ACKED + position, note);
  const confirmed = (position) => read(ACKED + position);

  // Refused for good, but kept: for the file at the end.
  function hold(position, why) {
    for (const entry of waiting(position)) save({ ...entry, held: why });
  }

  function drop(position) {
    for (const entry of entries(position)) storage.removeItem(entry.key);
  }

  function dropHeld(position) {
    for (const entry of held(position)) storage.removeItem(entry.key);
  }

  // This page shows these answers, so it sends them, whichever tab wrote them.
  function adopt(position) {
    for (const entry of waiting(position)) save({ ...entry, tab });
  }

  // What another tab has sent on behalf of this one.
  function acknowledged(position) {
    const note = confirmed(position);
    return note?.id?.startsWith(`${tab}-`) ? note : null;
  }

  const due = (entry) => entry.tab === tab || Date.now() - Date.parse(entry.queue[0].at) > FOREIGN_AFTER_MS;

  // Sends one answer; returns what `send` told, or null if there was nothing to send.
  async function step(position) {
    const entry = waiting(position).find(due);
    if (!entry) return null;
    const item = entry.queue[0];
    item.sent = true;
    save(entry);
    const told = await send(entry.position, entry.revision, item.fields);
    const still = read(entry.key)?.queue[0]?.id === item.id;
    if (told.stored && still) settle(entry, item, told.body);
    else if (told.held && still) save({ ...entry, queue: read(entry.key).queue, held: told.held });
    return { ...told, still, position: entry.position, id: item.id };
  }

  // One tab at a time. A tab that waits too long goes ahead: the same answer sent twice is stored once.
  async function exclusively(work) {
    if (navigator.locks) {
      try {
        return await navigator.locks.request(`${MINE}lock`, { signal: AbortSignal.timeout(4000) }, work);
      } catch (error) {
        if (error.name !== "TimeoutError" && error.name !== "AbortError") throw error;
        return work();
      }
    }
    const lease = `plumbline/lease/${attempt}`;
    const until = Date.now() + 4000;
    const taken = () => { const now = read(lease); return now && now.tab !== tab && now.until > Date.now(); };
    while (taken() && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
    write(lease, { tab, until: Date.now() + 4000 });
    try { return await work(); } finally { storage.removeItem(lease); }
  }

  // Nothing of an attempt that is over stays, and nothing of any attempt stays for ever.
  function finish() {
    for (const key of keys()) {
      if (key.startsWith(MINE) || key.startsWith(ACKED)) storage.removeItem(key);
    }
  }

  function sweep() {
    for (const key of keys().filter((one) => one.startsWith(PREFIX) || /^plumbline\/(acked|failed)\//.test(one))) {
      const note = read(key);
      const at = Date.parse(note?.queue?.at(-1)?.at ?? note?.at);
      if (!(Date.now() - at < KEEP_MS)) storage.removeItem(key);
    }
  }

  // What the file for handing in holds: the newest unconfirmed answer of each question.
  function answers() {
    return Object.fromEntries(entries().map((entry) => [entry.position, entry.queue.at(-1).fields]));
  }

  return {
    put, markSent, adopt, drop, hold, dropHeld, waiting, held, count, newest, unsure, acknowledged, confirmed, step, exclusively,
    finish, sweep, answers, ackedKey: ACKED,
  };
};
