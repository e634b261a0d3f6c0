// The service worker: shows what promoloop sends, opens the shop on a click.
// The shop serves it from its own origin, for example as /push-worker.js.
"use strict";

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data ? event.data.json() : {};
  } catch {
    told = {};
  }
  if (typeof told.title !== "string" || !told.title) {
    return;
  }
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: String(told.body || ""),
      lang: String(told.language || ""),
      // A second attempt of the same message replaces the first without a sound.
      tag: String(told.id || ""),
      renotify: false,
      data: { url: String(told.url || "/") },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data && event.notification.data.url));
});

// Browsers change keys now and then; the page subscribes anew at its next visit.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => {
      pages.forEach((page) => page.postMessage({ promoloop: "subscribe-again" }));
    }),
  );
});

async function open(address) {
  let target;
  try {
    target = new URL(address || "/", self.location.origin);
  } catch {
    target = new URL("/", self.location.origin);
  }
  if (target.protocol !== "https:" && target.origin !== self.location.origin) {
    target = new URL("/", self.location.origin);
  }
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = pages.find((page) => page.url === target.href && "focus" in page);
  return shown ? shown.focus() : self.clients.openWindow(target.href);
}
