// What every page does: the menu on phones, questions before what cannot be undone, keys.
const menu = document.querySelector("[data-menu]");
menu?.addEventListener("click", () => {
  const open = menu.getAttribute("aria-expanded") !== "true";
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("menu-open", open);
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A form sent twice is one form.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.hasAttribute("hx-post")) return;
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button:disabled").forEach((one) => { one.disabled = false; });
});

// A control whose own name differs from what the part it fetches is asked by, and what it shows.
document.body.addEventListener("htmx:configRequest", (event) => {
  const control = event.detail.elt;
  if (!control.dataset?.sendsAs) return;
  const chosen = control.type !== "checkbox" || control.checked;
  event.detail.parameters[control.dataset.sendsAs] = chosen ? control.value : "";
});
document.querySelectorAll("[data-shows]").forEach((control) => {
  control.addEventListener("change", () => {
    const more = document.querySelector(control.dataset.shows);
    more.hidden = !control.value;
  });
});

// A file chosen beside a text field is read into it, to be looked at before it is sent.
document.addEventListener("change", async (event) => {
  const into = event.target.dataset?.into;
  const file = event.target.files?.[0];
  if (!into || !file) return;
  const field = document.getElementById(into);
  field.value = (await file.slice(0, field.maxLength > 0 ? field.maxLength + 1 : file.size).text());
  field.focus();
});
