// For the shop's page: promoloopSubscribe({worker, key, send}) after a click of the shopper.
//   worker  where push-worker.js is served, on the page's own origin
//   key     the public VAPID key, from GET /v1/push/key
//   send    a function that passes {endpoint, keys: {p256dh, auth}} to the shop's own server,
//           which knows who is signed in and calls promoloop with its API key
// Answers "subscribed", "denied" or "unsupported".
"use strict";

async function promoloopSubscribe({ worker, key, send }) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    return "unsupported";
  }
  if ((await Notification.requestPermission()) !== "granted") {
    return "denied";
  }
  const registration = await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  const raw = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  const options = {
    userVisibleOnly: true,
    applicationServerKey: Uint8Array.from(raw, (sign) => sign.charCodeAt(0)),
  };
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && !sameKey(subscription, options.applicationServerKey)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription = subscription || (await registration.pushManager.subscribe(options));
  await send(subscription.toJSON());
  return "subscribed";

  function sameKey(one, wanted) {
    const used = new Uint8Array(one.options.applicationServerKey || []);
    return used.length === wanted.length && used.every((sign, at) => sign === wanted[at]);
  }
}
