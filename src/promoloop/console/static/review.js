// Keys for reading many texts: j and k go from one to the next, a approves, e edits, x ticks.
const on = document.querySelector("[data-keys]");
const texts = () => [...document.querySelectorAll("[data-text]")];
let here = -1;

// Without a text to read there is no switch either.
if (on) on.checked = localStorage.getItem("promoloop-keys") !== "off";
on?.addEventListener("change", () => localStorage.setItem("promoloop-keys", on.checked ? "on" : "off"));

function go(step) {
  const all = texts();
  const focused = all.findIndex((one) => one.contains(document.activeElement));
  here = Math.min(Math.max((focused >= 0 ? focused : here) + step, 0), all.length - 1);
  all[here]?.focus({ preventScroll: true });
  all[here]?.scrollIntoView({ block: "center" });
}

document.addEventListener("keydown", (event) => {
  if (!on?.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
  const current = texts()[here];
  const act = { a: "[data-approve]", e: "[data-edit]", x: "[data-tick]" }[event.key];
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (act && current) current.querySelector(act)?.click();
  else return;
  event.preventDefault();
});

// What htmx has put in place of a text keeps the focus; a form begins with its first field.
document.body.addEventListener("htmx:afterSettle", () => {
  const current = texts()[here];
  (current?.querySelector("[data-first]") ?? current)?.focus({ preventScroll: true });
});
