// <script src="https://offers.shop.example/v1/promoloop.js" data-key="plk_..." defer></script>
(() => {
  const { src, dataset } = document.currentScript, base = new URL(src).origin;
  const visitor = (localStorage.promoloop ||= crypto.randomUUID()), to = (path) => `${base}/v1/${path}?key=${encodeURIComponent(dataset.key)}`;
  const id = (ms = Date.now().toString(16).padStart(12, "0")) => `${ms.slice(0, 8)}-${ms.slice(8)}-7${crypto.randomUUID().slice(15)}`; // UUID 7
  const track = (event, properties = {}) => navigator.sendBeacon(to("events"), JSON.stringify({
    type: "track", event, properties, messageId: id(), anonymousId: visitor,
    userId: dataset.shopper, timestamp: new Date().toISOString() }));
  const decide = (asked) => fetch(to("decide"), { method: "POST", body: JSON.stringify({
    request_id: id(), shopper_id: dataset.shopper || `anonymous:${visitor}`,
    page: location.pathname, ...asked }), headers: { "content-type": "text/plain" } })
    .then((answer) => (answer.ok ? answer.json() : {})).catch(() => ({}));
  const show = async (place, asked = {}) => {  // words go in as text, never as HTML
    const { copy, decision_id, offer } = await decide(asked);
    if (!copy) return;
    place.replaceChildren(...["headline", "body", "call"].filter((part) => copy.parts[part]).map(
      (part) => Object.assign(document.createElement("p"), { className: `promoloop-${part}`, textContent: copy.parts[part] })));
    track("Promotion Viewed", { promotion_id: decision_id, name: offer?.offer_id });
  };
  window.promoloop = { track, decide, show };
})();
