/* The desk is whole without this; it adds keys, and the exact letter without leaving the place. */
const TYPED_IN = "input, textarea, select, [contenteditable]";
const rows = [...document.querySelectorAll("[data-row]")];
let at = rows.findIndex((row) => row.hasAttribute("aria-current"));

function move(by) {
  if (!rows.length) return;
  at = Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[at].focus();
  rows[at].scrollIntoView({ block: "nearest" });
}

function opened(link) {
  const sheet = document.querySelector(link.hash);
  const focus = document.getElementById(link.dataset.focus ?? "");
  location.hash = link.hash;
  (focus ?? sheet?.querySelector(TYPED_IN))?.focus();
}

function press(key) {
  const pressed = document.querySelector(`[data-key="${key}"]`);
  if (!pressed) return;
  if (pressed.tagName === "A") opened(pressed);
  else if (!pressed.dataset.confirm || confirm(pressed.dataset.confirm)) pressed.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => rows[at]?.click(),
  u: () => document.querySelector("[data-back]")?.click(),
  e: () => document.querySelector('.proposal input[type="text"]')?.focus(),
  z: () => document.querySelector(".toast-rd form")?.requestSubmit(),
  "/": () => document.querySelector('input[type="search"]')?.focus(),
  "?": () => document.querySelector("#keys")?.showModal(),
  a: () => press("a"),
  q: () => press("q"),
  d: () => press("d"),
};

/* A key that was held or struck again while this page came was meant for the one before: nobody has seen this one. */
const DEEDS = new Set(["a", "d", "q", "z"]);
const READ_AFTER = 700;
const came = performance.now();

function meant(event) {
  return !DEEDS.has(event.key) || (!event.repeat && event.timeStamp - came > READ_AFTER);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  if (!meant(event)) return;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPED_IN)) return;
  if (document.querySelector("dialog[open]") || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

function close() {
  for (const sheet of document.querySelectorAll(".sheet.open")) sheet.classList.remove("open");
  if (document.querySelector(".sheet:target")) location.hash = "#content";
}

for (const link of document.querySelectorAll(".sheet a[href='#content']")) {
  link.addEventListener("click", close);
}

for (const link of document.querySelectorAll(".bar a[href^='#']")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    close();
    opened(link);
  });
}

/* One click is one deed: a second one finds the form on its way. */
document.querySelector("#deed")?.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.getAttribute("formaction")?.startsWith("/staff/preview/")) preview(event);
  else if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

async function preview(event) {
  event.preventDefault();
  const { form, formAction } = event.submitter;
  const answer = await fetch(formAction, { method: "POST", body: new FormData(form, event.submitter) });
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#letter");
  const letter = document.querySelector("#letter");
  if (!answer.ok || !shown) return;
  if (letter) letter.replaceWith(shown);
  else document.querySelector(".mail")?.before(shown);
  close();
  shown.tabIndex = -1;
  shown.focus();
  shown.scrollIntoView({ block: "nearest" });
}

/* Undo is one click for ten seconds; after that it stands on the request's own page. */
for (const form of document.querySelectorAll("[data-fades]")) {
  setTimeout(() => form.remove(), Number(form.dataset.fades) * 1000);
}

addEventListener("pageshow", () => document.querySelector("#deed")?.removeAttribute("data-sent"));
document.querySelector("#problem")?.focus();
