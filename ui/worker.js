// The shell without the network: the page's own files, as the last build listed them. What the appliance knows is never
// here (the page keeps what it may, in its own store), and everything that is asked of the API goes past this.
const FILES = /* the build writes its list here */ [];
const NAME = 'undertone-/* and what tells it from others here */';

/** A slow network is no network to who stands in a basement. */
const PAGE_WITHIN_MS = 4000;

self.addEventListener('install', (event) => {
  // Files of the build before stay as they are: their names say what is in them.
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name.startsWith('undertone-') && name !== NAME) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});

const kept = async (path) => (await caches.open(NAME)).match(path);

/** The newest page where the appliance gives it in time, else the one that is kept. */
async function page(request) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PAGE_WITHIN_MS) });
    if (response.ok) return response;
    return (await kept('/')) ?? response;
  } catch (error) {
    const last = await kept('/');
    if (last === undefined) throw error;
    return last;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && pathname === '/') event.respondWith(page(request));
  else if (pathname.startsWith('/assets/') || pathname === '/favicon.svg') event.respondWith(kept(pathname).then((file) => file ?? fetch(request)));
});
