// The parts of the page that change: they come over the stream, rendered by the server.

import { newOnes } from "./alerts.js";
import { prepareComposer } from "./composer.js";
import { markCurrent } from "./panes.js";
import { tellTimes } from "./times.js";
import { announce, say } from "./words.js";

const plainTitle = document.title.replace(/^\(\d+\) /, "");

/** @param {HTMLElement | null} page */
export function follow(page) {
  if (!page) return;
  stayAtEnd();
  const stream = new EventSource(page.dataset.stream);
  const offline = document.querySelector(".offline");
  stream.addEventListener("open", () => { offline.hidden = true; });
  stream.addEventListener("error", () => { offline.hidden = false; });
  stream.addEventListener("region", (event) => update(JSON.parse(event.data)));
  stream.addEventListener("gone", () => { stream.close(); location.reload(); });
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

export function update({ id, html, digest }) {
  const region = document.getElementById(id);
  if (!region || region.dataset.digest === digest) return;
  if (isWrittenIn(region)) return; // what was typed matters more; sending will tell
  region.dataset.digest = digest;
  const keep = remember(region);
  region.innerHTML = html; // rendered and escaped by our own server
  tellTimes(region);
  if (id === "log") heard(region, keep);
  if (id === "list") counted(region);
  if (id === "composer") prepareComposer();
  if (id === "signs" && keep.atEnd) showEnd();
  markCurrent();
  restore(region, keep);
}

function isWrittenIn(region) {
  if (region.id === "composer") {
    return [...region.querySelectorAll("textarea")].some((box) => box.value.trim() !== "");
  }
  return region.id === "moves" && region.querySelector("details[open]") !== null;
}

function remember(region) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const log = document.getElementById("log");
  return {
    href: focused?.getAttribute("href"),
    id: focused?.id,
    last: lastSeq(region),
    atEnd: log ? isAtEnd(log) : false,
    top: region.scrollTop,
  };
}

function restore(region, { href, id }) {
  const target = (id && document.getElementById(id))
    || (href && region.querySelector(`a[href="${CSS.escape(href)}"]`));
  target?.focus({ preventScroll: true });
}

// Screen readers hear only what is new, not the whole conversation again.
function heard(region, { last, atEnd }) {
  const fresh = [...region.querySelectorAll(".said-customer")].filter((m) => Number(m.dataset.seq) > last);
  for (const message of fresh) {
    announce(`${message.dataset.from}: ${message.querySelector(".said-text")?.textContent ?? say("a_file")}`);
  }
  if (atEnd) showEnd();
}

function lastSeq(region) {
  return Math.max(0, ...[...region.querySelectorAll("[data-seq]")].map((m) => Number(m.dataset.seq)));
}

function counted(region) {
  const list = region.querySelector("[data-waiting]");
  const waiting = Number(list?.dataset.waiting ?? 0);
  document.title = waiting ? `(${waiting}) ${plainTitle}` : plainTitle;
  for (const [name, number] of Object.entries(JSON.parse(list?.dataset.counts ?? "{}"))) {
    const count = document.querySelector(`[data-count=${name}]`);
    if (count) count.textContent = String(number);
  }
  if (list?.dataset.list === "waiting") newOnes(list);
}

// The newest message stays in view when the panes around the conversation grow.
function stayAtEnd() {
  const log = document.getElementById("log");
  if (!log) return;
  let atEnd = true;
  showEnd();
  log.addEventListener("scroll", () => { atEnd = isAtEnd(log); });
  new ResizeObserver(() => { if (atEnd) showEnd(); }).observe(log);
}

function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

export function showEnd() {
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;
}
