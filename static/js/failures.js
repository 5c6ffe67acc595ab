// Saves that did not get through: counted on this device, so that a reload or a closed tab keeps the number, and told
// to the server as soon as something gets through. It is told the total, so a message that arrives twice counts once.
"use strict";

Plumbline.failures = (() => {
  const { place, storage } = Plumbline;
  const KEY = `plumbline/failed/${place.attempt}`;
  const APART_MS = 60_000;  // failures further apart than this are of two times: the page may have been closed between
  let telling = false;

  function read() {
    try { return JSON.parse(storage.getItem(KEY)); } catch { return null; }
  }

  const write = (note) => storage.setItem(KEY, JSON.stringify({ ...note, at: new Date().toISOString() }));
  const fresh = () => ({ device: Math.random().toString(36).slice(2, 12), total: 0, told: 0 });

  function count() {
    const note = read() ?? fresh();
    const now = Date.now();
    const goesOn = note.failing && now - note.last < APART_MS;
    write({ ...note, total: note.total + 1, failing: true, first: goesOn ? note.first : now, last: now });
  }

  // A save got through: the next failure begins another time without.
  function over() {
    const note = read();
    if (note?.failing) write({ ...note, failing: false });
  }

  async function tell() {
    const note = read();
    if (telling || !note || note.total <= note.told || !place.urls.events) return;
    telling = true;
    try {
      const reply = await fetch(place.urls.events, {
        method: "POST",
        body: JSON.stringify([{
          kind: "save_failed", device: note.device, total: note.total,
          began_ago: (Date.now() - note.first) / 1000, ended_ago: (Date.now() - note.last) / 1000,
        }]),
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "",
        },
        keepalive: true,
      });
      if (reply.ok) write({ ...read(), told: note.total });
    } catch { /* with the next one that gets through */ }
    telling = false;
  }

  // After the end: what is told need not stay.
  async function finish() {
    await tell();
    const note = read();
    if (note && note.total <= note.told) storage.removeItem(KEY);
  }

  return { count, over, tell, finish };
})();
