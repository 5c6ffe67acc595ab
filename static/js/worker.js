// Where there is no network, the last page of an attempt comes from this device, so that a reload takes nothing away.
// The page itself lays that copy down (keep.js). Saves and everything else pass by untouched.
"use strict";

const STORE = "plumbline-attempt";
const PAGE = /^(\/attempt\/[0-9a-f-]{36}\/)(q\/\d+\/|overview\/|pause\/|receipt\/)?$/;
const AWAY = [502, 503, 504];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(asset(request));
});

async function page(request, pathname) {
  let reply;
  try {
    reply = await fetch(request);
    if (!AWAY.includes(reply.status)) return reply;
  } catch {
    reply = Response.error();
  }
  return (await copy(pathname)) ?? reply;
}

async function copy(pathname) {
  const [, attempt] = PAGE.exec(pathname);
  const kept = await (await caches.open(STORE)).match(`${attempt}kept`);
  if (!kept) return null;
  const path = kept.headers.get("X-Path");
  return path === pathname ? kept : Response.redirect(path);
}

async function asset(request) {
  try {
    return await fetch(request);
  } catch {
    return (await (await caches.open(STORE)).match(request)) ?? Response.error();
  }
}
