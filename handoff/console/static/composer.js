// Where an agent writes: a reply, a note, the decision. Each in a box of its own, so that a note is
// never sent by mistake; drafts stay until they are sent.

import { say } from "./words.js";

export function prepareComposer() {
  const composer = document.querySelector("[data-tabs]");
  if (composer) {
    show(composer, composer.dataset.tabs);
    for (const tab of composer.querySelectorAll("[role=tab]")) {
      tab.addEventListener("click", () => show(composer, tab.dataset.tab, true));
      tab.addEventListener("keydown", (event) => moveAlong(composer, event));
    }
    composer.querySelector("input[type=file]")?.form.addEventListener("change", listFiles);
  }
  for (const box of document.querySelectorAll("form[data-draft] textarea")) {
    box.value ||= session("get", box.form.dataset.draft) ?? "";
  }
}

/** @param {string} name of the tab @param {boolean} [write] go into its box */
export function show(composer, name, write = false) {
  const panes = [...composer.querySelectorAll(".composer-pane")];
  if (!panes.some((pane) => pane.dataset.pane === name)) return;
  for (const pane of panes) pane.hidden = pane.dataset.pane !== name;
  for (const tab of composer.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  composer.dataset.tabs = name;
  composer.dataset.shown = name;
  if (write) panes.find((pane) => !pane.hidden).querySelector("textarea, input[type=radio], button")?.focus();
}

function moveAlong(composer, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...composer.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  show(composer, next.dataset.tab);
  next.focus();
}

function listFiles(event) {
  const form = event.currentTarget;
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector(".chosen");
  list.hidden = !input.files.length;
  list.replaceChildren(...[...input.files].map((file, index) => {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "quiet";
    remove.textContent = "✕";
    remove.setAttribute("aria-label", say("remove", { name: file.name }));
    remove.addEventListener("click", () => {
      const rest = new DataTransfer();
      [...input.files].filter((_, other) => other !== index).forEach((kept) => rest.items.add(kept));
      input.files = rest.files;
      form.dispatchEvent(new Event("change"));
      form.querySelector("textarea").focus();
    });
    item.append(file.name, remove);
    return item;
  }));
}

// Drafts -----------------------------------------------------------------------------------------

export function keepDrafts() {
  document.addEventListener("input", ({ target }) => {
    const name = target.matches("form[data-draft] textarea") && target.form.dataset.draft;
    if (name) session("set", name, target.value);
  });
  const canned = document.getElementById("canned");
  if (!canned) return;
  const find = canned.querySelector("input");
  find.addEventListener("input", () => narrow(canned, find.value));
  canned.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-text]");
    if (chosen) insert(canned, chosen.dataset.text);
  });
  canned.addEventListener("keydown", (event) => {
    const rows = [...canned.querySelectorAll("li:not([hidden]) button")];
    const at = rows.indexOf(document.activeElement);
    const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1] ?? find }[event.key];
    if (next) { event.preventDefault(); next.focus(); }
    if (event.key === "Enter" && document.activeElement === find && rows[0]) {
      event.preventDefault();
      insert(canned, rows[0].dataset.text);
    }
  });
}

function narrow(canned, words) {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of canned.querySelectorAll("li")) {
    const text = row.textContent.toLocaleLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
    found += row.hidden ? 0 : 1;
  }
  canned.querySelector(".canned-none").hidden = found > 0;
}

function insert(canned, text) {
  canned.close();
  const box = document.getElementById("reply-text");
  if (!box) return;
  show(document.querySelector("[data-tabs]"), "reply");
  box.focus();
  const gap = box.value && !/\s$/.test(box.value.slice(0, box.selectionStart)) ? " " : "";
  box.setRangeText(gap + text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLFormElement} form */
export function forgetDraft(form) {
  if (form.dataset.draft) session("set", form.dataset.draft, "");
}

function session(what, name, value) {
  try {
    if (what === "get") return sessionStorage.getItem(`draft ${name}`);
    if (value) sessionStorage.setItem(`draft ${name}`, value);
    else sessionStorage.removeItem(`draft ${name}`);
  } catch { /* then it lives as long as the page */ }
  return null;
}
