// What the page says about the connection, and the file with answers for when nothing gets through.
"use strict";

Plumbline.byId = (id) => document.getElementById(id);

// Where the page stands: `clock` carries the addresses of the attempt on each of its pages.
Plumbline.place = (() => {
  const at = (Plumbline.byId("clock") ?? Plumbline.byId("rescue"))?.dataset ?? {};
  // The same tab after a reload is the same tab.
  const { session } = Plumbline;
  let tab = session.getItem("plumbline-tab");
  if (!tab) session.setItem("plumbline-tab", (tab = Math.random().toString(36).slice(2, 10)));
  return { attempt: at.attempt, urls: at, tab };
})();

Plumbline.link = (() => {
  const BACK_MS = 5000;
  let since = null;
  let fading = null;
  let refused = "";                   // the server answers, but not to this page: nothing else is said then
  let kept = () => 0;                 // how many answers wait; the outbox says so later
  const changed = [];                 // called with the seconds without connection, when it is back

  function show(words, kind = "") {
    const place = Plumbline.byId("link-state");
    if (!place) return;
    clearTimeout(fading);
    if (place.textContent !== words) place.textContent = words;
    place.dataset.kind = kind;
  }

  function answers(count) {
    const where = Plumbline.storage.volatile() ? "in this page only (leave it open)" : "on this device";
    if (!count) return `You can go on; answers are kept ${where}.`;
    return count === 1 ? `1 answer is kept ${where} and will be sent.` : `${count} answers are kept ${where} and will be sent.`;
  }

  // `words`: in place of the usual ones, where there is more to say.
  function down(words = "") {
    if (refused) return;
    since ??= new Date();
    const at = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" }).format(since);
    show(words || `No connection since ${at}. ${answers(kept())} Still trying again…`, "bad");
  }

  function up() {
    if (since === null) return;
    const seconds = (Date.now() - since.valueOf()) / 1000;
    since = null;
    show("The connection is back.");
    fading = setTimeout(() => show(""), BACK_MS);
    for (const tell of changed) tell(seconds);
  }

  function refuse(unknown) {
    refused = unknown
      ? "This browser is no longer known to the assessment. Open your link again; your answers are kept on this device."
      : "This page is out of date. Reload it; your answers are kept on this device.";
    show(refused, "bad");
  }

  return {
    show, down, up, refuse,
    isDown: () => since !== null,
    counts: (how) => { kept = how; },
    onBack: (tell) => changed.push(tell),
  };
})();

Plumbline.rescue = (() => {
  const { byId } = Plumbline;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  async function file(answers) {
    const { key, attempt } = byId("rescue").dataset;
    const body = JSON.stringify({ version: 1, attempt, written_at: new Date().toISOString(), answers });
    const signer = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const signature = hex(await crypto.subtle.sign("HMAC", signer, new TextEncoder().encode(body)));
    return JSON.stringify({ body, signature });
  }

  async function download(answers) {
    const said = byId("rescue-said");
    if (!globalThis.crypto?.subtle) {
      said.textContent = "This browser writes the file only over https. Keep this page open, and tell the people who invited you.";
      return;
    }
    const url = URL.createObjectURL(new Blob([await file(answers)], { type: "application/json" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: `answers-${byId("rescue").dataset.attempt}.json` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    said.textContent = "The file was written. Send it to the people who invited you.";
  }

  function offer(answers) {
    const section = byId("rescue");
    if (!section || !section.hidden || !Object.keys(answers()).length) return;
    section.hidden = false;
    byId("rescue-download").onclick = () => download(answers());
  }

  function withdraw() {
    const section = byId("rescue");
    if (section) section.hidden = true;
  }

  return { offer, withdraw };
})();
