// Lays a copy of the page that is open down on this device, for a reload without network (worker.js serves it).
// One copy for each attempt, of the last page that arrived; answers are not in it, the outbox has those.
"use strict";

Plumbline.keep = (() => {
  const { place } = Plumbline;
  const STORE = "plumbline-attempt";
  const KEEP_MS = 30 * 86400000;
  const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    + "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
  const possible = Boolean(globalThis.caches && navigator.serviceWorker);
  const root = document.documentElement;

  // Milliseconds since the copy that is shown was made; 0 on a page that came from the server.
  const age = () => (root.dataset.keptAt ? Math.max(0, Date.now() - Number(root.dataset.keptAt)) : 0);
  const isCopy = () => Boolean(root.dataset.keptAt);

  // What is on the page now came from the server.
  function fresh() { delete root.dataset.keptAt; }

  function html() {
    const copy = root.cloneNode(true);
    copy.dataset.keptAt = Date.now();
    const said = copy.querySelector("#link-state");
    if (said) said.textContent = "";
    return `<!doctype html>${copy.outerHTML}`;
  }

  async function page() {
    if (!possible || isCopy()) return;
    const headers = {
      "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY,
      "X-Frame-Options": "DENY", "X-Path": location.pathname, "X-Kept-At": Date.now(),
    };
    const copy = new Response(html(), { headers });
    try {
      const store = await caches.open(STORE);
      const assets = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=preload]")];
      for (const address of [...assets.map((one) => one.src || one.href), ...imports()]) {
        if (!(await store.match(address))) await store.add(address);
      }
      // Last: a copy without its scripts would look alive and save nothing.
      await store.put(`/attempt/${place.attempt}/kept`, copy);
    } catch { /* no room, or no network any more: a reload then needs the network */ }
  }

  // Style sheets that style sheets bring in.
  function imports() {
    return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule instanceof CSSImportRule).map((rule) => rule.styleSheet?.href).filter(Boolean);
  }

  async function forget() {
    if (!possible) return;
    await (await caches.open(STORE)).delete(`/attempt/${location.pathname.split("/")[2]}/kept`);
  }

  // Nothing of an attempt that was never finished stays for ever.
  async function sweep() {
    if (!possible) return;
    const store = await caches.open(STORE);
    for (const key of await store.keys()) {
      const at = (await store.match(key))?.headers.get("X-Kept-At");
      if (at && Date.now() - Number(at) > KEEP_MS) await store.delete(key);
    }
  }

  if (possible && place.urls.worker) {
    navigator.serviceWorker.register(place.urls.worker, { scope: "/attempt/" }).catch(() => { /* works without */ });
    sweep();
  }
  return { page, age, isCopy, fresh, forget };
})();
