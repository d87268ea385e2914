// Keys for everything. Those without Ctrl can be switched off (WCAG 2.2, 2.1.4), and never act while
// somebody types.

import { show } from "./composer.js";
import { choose } from "./panes.js";
import { kept } from "./words.js";

const ACTIONS = {
  "?": () => document.getElementById("keys").showModal(),
  "/": () => document.getElementById("finder")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  q: () => location.assign("/console"),
  1: () => choose("rail", true),
  2: () => choose("talk", true),
  3: () => choose("side", true),
  c: () => document.querySelector("#composer [aria-keyshortcuts=c]")?.click(),
  x: () => document.querySelector("[data-key=x]")?.click() ?? null,
  r: () => write("reply"),
  i: () => write("note"),
  d: () => write("decide"),
  a: () => within("reply", () => document.getElementById("canned")?.showModal()),
  f: () => within("reply", () => document.querySelector("#composer input[type=file]")?.click()),
  t: () => unfold("t"),
  h: () => unfold("h"),
};

export function obeyKeys() {
  const on = document.querySelector("[data-switch=keys]");
  if (on) {
    on.checked = kept.get("keys") !== "off";
    on.addEventListener("change", () => kept.set("keys", on.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.isComposing) return;
  if (event.key === "Enter" && event.target.matches("form[data-keys] textarea")) {
    const wanted = event.target.form.dataset.keys;
    const held = { ctrl: event.ctrlKey || event.metaKey, alt: event.altKey };
    if (held[wanted]) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    return;
  }
  if (event.key === "Escape") {
    leave(event);
    return;
  }
  const plain = !(event.ctrlKey || event.metaKey || event.altKey);
  if (!plain || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (kept.get("keys") === "off" || !document.getElementById("keys")) return;
  const act = ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function isTyping(target) {
  return target.matches?.("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]");
}

function leave(event) {
  const menu = document.querySelector("details.drop[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (isTyping(event.target) && !event.target.closest("dialog")) {
    event.target.blur();
  }
}

function step(by) {
  const links = [...document.querySelectorAll(".row :is(h2, h3) a")].filter((link) => link.offsetParent !== null);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const from = at >= 0 ? at : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(Math.max(from + by, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function write(name) {
  choose("talk");
  const composer = document.querySelector("[data-tabs]");
  if (composer) show(composer, name, true);
}

function within(name, act) {
  const composer = document.querySelector("[data-tabs]");
  if (!composer) return;
  choose("talk");
  show(composer, name);
  act();
}

function unfold(key) {
  const menu = document.querySelector(`#moves [data-key=${key}]`);
  if (!menu) return;
  choose("talk");
  menu.open = true;
  menu.querySelector("select, textarea")?.focus();
}
