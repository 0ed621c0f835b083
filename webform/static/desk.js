/* The desk is whole without this; it adds keys, and the exact letter without leaving the place. */
const TYPED_IN = "input, textarea, select, [contenteditable]";
const OPEN_SHEET = ".sheet.open, .sheet:target";
const rows = [...document.querySelectorAll("[data-row]")];
const shown = rows.findIndex((row) => row.hasAttribute("aria-current"));
let at = shown;

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

/* To a field, in a sheet or on the page; a kind that is not known yet is chosen on the page. */
function to(...names) {
  const field = names.map((name) => document.getElementById(name)).find(Boolean);
  const sheet = field?.closest(".sheet");
  if (sheet) location.hash = `#${sheet.id}`;
  (field?.matches(TYPED_IN) ? field : field?.querySelector(TYPED_IN))?.focus();
  return field;
}

/* The letter on the page is another than the one that this button sends: the key was not meant for it. */
function sendsAnother(button) {
  const letter = document.querySelector("#letter");
  return "sends" in button.dataset && letter && letter.dataset.letter !== button.dataset.sends;
}

function press(key) {
  const pressed = document.querySelector(`[data-key="${key}"]`);
  if (!pressed || sendsAnother(pressed)) return;
  if (pressed.tagName === "A") opened(pressed);
  else if (!pressed.dataset.confirm || confirm(pressed.dataset.confirm)) pressed.click();
}

function merge() {
  const outcome = to("close-outcome");
  if (outcome) outcome.value = "merged";
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => rows[at]?.click(),
  u: back,
  "[": () => rows[shown - 1]?.click(),
  "]": () => rows[shown + 1]?.click(),
  e: () => document.querySelector(".proposal .value")?.focus(),
  z: () => document.querySelector(".toast-rd form")?.requestSubmit(),
  "/": () => document.querySelector('input[type="search"]')?.focus(),
  "?": () => document.querySelector("#keys")?.showModal(),
  a: () => press("a"),
  q: () => press("q"),
  d: () => press("d"),
  i: () => press("i"),
  I: () => to("to"),
  r: () => to("text"),
  n: () => to("note"),
  t: () => to("other-kind", "kind"),
  m: merge,
  g: () => (goes = performance.now()),
};
const PLACES = {
  q: "/staff/",
  o: "/staff/?view=overdue",
  m: "/staff/?view=mine",
  d: "/staff/dashboard",
  s: "/staff/settings",
};
const WAITS = 1500;
let goes = -WAITS;

function back() {
  document.querySelector("[data-back]")?.click();
}

/* A key that was held or struck again while this page came was meant for the one before: nobody has seen this one.
   Nor is a deed meant while a sheet for another one is open. */
const DEEDS = new Set(["a", "d", "q", "z", "i"]);
const READ_AFTER = 700;
const came = performance.now();

function meant(event, key) {
  if (!DEEDS.has(key)) return true;
  return !event.repeat && event.timeStamp - came > READ_AFTER && !document.querySelector(OPEN_SHEET);
}

/* With Alt some keyboards give other signs; the place of the key says which letter it was. */
function letter(event) {
  if (document.body.dataset.keys !== "alt" || /^[ -~]$/.test(event.key)) return event.key;
  const named = event.code.startsWith("Key") ? event.code[3] : event.key;
  return event.shiftKey ? named : named.toLowerCase();
}

function isForUs(event) {
  const mode = document.body.dataset.keys;
  if (mode === "off" || event.isComposing || event.ctrlKey || event.metaKey) return false;
  if (event.altKey !== (mode === "alt") || event.getModifierState("AltGraph")) return false;
  return !event.target.closest(TYPED_IN) && !document.querySelector("dialog[open]");
}

function struck(event) {
  const key = letter(event);
  const place = performance.now() - goes < WAITS ? PLACES[key] : undefined;
  goes = -WAITS;
  if (place) location.assign(place);
  else if (!KEYS[key] || !meant(event, key)) return;
  else KEYS[key]();
  event.preventDefault();
}

function sent(event) {
  event.preventDefault();
  if (!event.repeat) document.querySelector(`[data-for~="${event.target.id}"]`)?.click();
}

function escaped(event) {
  if (document.querySelector("dialog[open]")) return;
  if (document.querySelector(OPEN_SHEET)) close();
  else if (!event.target.closest(TYPED_IN)) back();
}

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest(TYPED_IN);
  if (event.key === "Enter" && inField && (event.ctrlKey || event.metaKey)) sent(event);
  else if (event.key === "Enter" && inField?.matches(".value") && !event.isComposing) event.preventDefault();
  else if (event.key === "Escape" && !event.isComposing) escaped(event);
  else if (/^Arrow(Up|Down)$/.test(event.key) && event.target.matches("[data-row]")) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (isForUs(event)) struck(event);
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

/* The sheet stays open: what is previewed is sent from there, and no key approves meanwhile. */
async function preview(event) {
  const { form, formAction } = event.submitter;
  event.preventDefault();
  const answer = await fetch(formAction, { method: "POST", body: new FormData(form, event.submitter) });
  const written = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#letter");
  if (!answer.ok || !written) return stay(form, event.submitter);
  const letter = document.querySelector("#letter");
  if (letter) letter.replaceWith(written);
  else document.querySelector(".mail")?.before(written);
  written.tabIndex = -1;
  written.focus();
  written.scrollIntoView({ block: "start" });
}

/* A page that says what is wrong (logged out, changed meanwhile) is shown as it came. */
function stay(form, button) {
  form.action = button.formAction;
  const chosen = document.createElement("input");
  Object.assign(chosen, { type: "hidden", name: button.name, value: button.value });
  form.append(chosen);
  form.submit();
}

/* An input is as high as its value; the server's guess is for the narrowest page. */
function grow(input) {
  input.rows = 1;
  while (input.scrollHeight > input.clientHeight && input.rows < 30) input.rows += 1;
}

for (const input of document.querySelectorAll("[data-grows]")) {
  grow(input);
  input.addEventListener("input", () => grow(input));
}
addEventListener("resize", () => document.querySelectorAll("[data-grows]").forEach(grow));

/* Undo is one click for ten seconds; after that it stands on the request's own page. */
for (const form of document.querySelectorAll("[data-fades]")) {
  setTimeout(() => form.remove(), Number(form.dataset.fades) * 1000);
}

/* Only what changes in a live region is read out. */
for (const told of document.querySelectorAll(".toast-rd[role=status] > span")) {
  const words = told.textContent;
  told.textContent = "";
  setTimeout(() => (told.textContent = words), 150);
}

addEventListener("pageshow", () => document.querySelector("#deed")?.removeAttribute("data-sent"));
document.querySelector("#problem")?.focus();
