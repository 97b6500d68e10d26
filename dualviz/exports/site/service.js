// The site without a network, after one visit: pages and pictures are kept at once, a network's files when they are asked for.
//
// A page sees the files of its own version only. Each is known by its hash: what a server says that has another one belongs to
// another version and is refused. A new version waits until no page of the old one is open, or until the only one is loaded anew.

const FILES = /* files */ {}; // by name, the SHA-256 of every file of this version
const SITE = new URL("./", self.location).href;
const LATER = /^(models|runtime)\/|\.(pdf|csv|json)$/; // megabytes, and files to take away: for whoever asks
const MINE = `dualviz ${SITE} `; // caches of this site, of whatever version; another one may stand on the same host
const kept = version().then((name) => caches.open(name));

async function version() {
  return MINE + (await hashOf(new TextEncoder().encode(JSON.stringify(FILES))));
}

async function hashOf(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file of this version, kept from now on; null where the server has another version of it by now. */
async function fetched(name) {
  for (const cache of ["default", "reload"]) { // what the browser kept may be of another version: then the server is asked
    const answer = await fetch(new URL(name, SITE), { cache });
    if (!answer.ok) continue;
    const bytes = await answer.arrayBuffer();
    if ((await hashOf(bytes)) !== FILES[name]) continue;
    const whole = () => new Response(bytes, { headers: { "Content-Type": answer.headers.get("Content-Type") ?? "" } });
    await (await kept).put(new URL(name, SITE), whole());
    return whole();
  }
  return null;
}

async function install() {
  const first = Object.keys(FILES).filter((name) => !LATER.test(name));
  const there = await Promise.all(first.map(fetched));
  if (there.includes(null)) throw new Error("the server is between two versions"); // the browser tries again
}

async function activate() {
  const mine = await version();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(MINE) && name !== mine).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answered(request) {
  const { registration } = self;
  if (request.mode === "navigate" && registration.waiting && (await self.clients.matchAll()).length < 2) {
    registration.waiting.postMessage("now");
    return new Response("", { headers: { Refresh: "0" } }); // it comes again, and the new version answers
  }
  const name = new URL(request.url).href.split(/[?#]/)[0].slice(SITE.length) || "./";
  if (!(name in FILES)) return fetch(request);
  const there = (await (await kept).match(new URL(name, SITE))) ?? (await fetched(name));
  return there ?? new Response("another version of this file is published by now", { status: 409, statusText: "renewed" });
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", ({ data }) => data === "now" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(SITE)) event.respondWith(answered(event.request));
});
