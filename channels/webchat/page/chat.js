// The chat page: brings the conversation, the outbox, the log and the composer together.

import { Composer, touch } from "./composer.js";
import { Session, Stream, store } from "./connection.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";

/** @typedef {import("./connection.js").Said} Said */

const TYPED_EVERY = 3_000; // ms between two signs that the visitor types
const TYPING = 10_000; // ms; by then the bot has answered or a receipt has come

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);

/** @type {Record<string, string>} */
const words = JSON.parse($("words").textContent);
const language = document.documentElement.lang;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
const title = document.title;

const session = new Session(locale);
const log = new Log($("log"), words, locale, {
  retry: (id) => outbox.retry(id),
  file: async (id) => (await session.fetch(`/chat/files/${id}`)).blob(),
});
const outbox = new Outbox(session, { changed: pending, sent, expired });
const stream = new Stream(session, { said, live, expired });
const composer = new Composer($("composer"), words, locale, (text, files) => {
  if (!files.length) return say(text);
  files.forEach((file, index) => say(index ? "" : text, { file }));
});

let typedAt = 0;
$("text").addEventListener("input", () => {
  if (!following || !$("text").value || Date.now() - typedAt < TYPED_EVERY) return;
  typedAt = Date.now();
  session.typing();
});

/** @type {Said | null} the newest thing that was not said by the visitor */
let newest = null;
let unread = 0;
let following = false;
/** @type {number | undefined} */
let typing;

/** @param {string} text @param {{ button?: string, file?: File }} [more] */
function say(text, more = {}) {
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  outbox.add({ id, text, at: new Date().toISOString(), state: "sending", ...more });
  scroll(true);
}

/** @param {import("./outbox.js").Pending} message */
function pending(message) {
  const near = isNear();
  newest = null;
  log.showPending(message);
  refresh();
  scroll(near);
}

/** @param {import("./outbox.js").Pending} message @param {number} seq */
function sent(message, seq) {
  log.confirm(message.id, seq);
  follow();
  if (lastSpeaker() !== "agent" && !answeredAfter(seq)) showTyping(true);
}

/** @param {Said[]} list */
function said(list) {
  const near = isNear();
  const first = log.empty;
  // What was said long ago is history, not news: it is not read aloud.
  $("log").setAttribute("aria-live", first ? "off" : "polite");
  for (const message of list) {
    if (message.id) outbox.confirm(message.id);
    log.show(message);
    newest = message.from === "customer" ? null : message;
    if (message.from === "bot" || message.from === "agent") showTyping(false);
    if (message.from !== "customer" && document.hidden && !first) unread += 1;
  }
  if (first) requestAnimationFrame(() => $("log").setAttribute("aria-live", "polite"));
  refresh();
  scroll(first || near);
  $("newest").hidden = first || near;
}

/** @param {boolean} connected */
function live(connected) {
  if (connected) outbox.retry();
  banner(connected ? "" : navigator.onLine ? words.reconnecting : words.offline);
}

/** The token was refused: begin anew, with what is still to be sent. */
function expired() {
  if (!following && log.empty) return;
  reset();
  log.remark(words.expired);
  outbox.retell();
}

function follow() {
  if (following) return;
  following = true;
  stream.start();
}

function reset() {
  stream.stop();
  following = false;
  newest = null;
  log.clear();
  showTyping(false);
  refresh();
}

/** Bring everything that depends on the newest message up to date. */
function refresh() {
  $("starters").hidden = !log.empty;
  $("intro").classList.toggle("small", !log.empty);
  const buttons = newest?.buttons ?? [];
  $("replies").hidden = !buttons.length;
  $("replies").replaceChildren(
    ...buttons.map(({ title, token }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dir = "auto";
      button.textContent = title;
      button.onclick = () => {
        say(title, { button: token });
        if (touch()) $("scroller").focus({ preventScroll: true });
        else composer.focus();
      };
      return button;
    }),
  );
  document.title = unread ? `(${unread}) ${title}` : title;
}

/** @param {boolean} shown */
function showTyping(shown) {
  clearTimeout(typing);
  const near = isNear();
  $("typing").hidden = !shown;
  if (shown) typing = setTimeout(() => ($("typing").hidden = true), TYPING);
  scroll(near);
}

function lastSpeaker() {
  const others = document.querySelectorAll("#log .bot, #log .agent");
  return others[others.length - 1]?.matches(".agent") ? "agent" : "bot";
}

/** @param {number} seq */
function answeredAfter(seq) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#log .bot, #log .agent"));
  return [...all].some((message) => Number(message.dataset.seq) > seq);
}

function isNear() {
  const { scrollTop, scrollHeight, clientHeight } = $("scroller");
  return scrollHeight - scrollTop - clientHeight < 80;
}

/** @param {boolean} wanted */
function scroll(wanted) {
  if (!wanted) return;
  $("scroller").scrollTop = $("scroller").scrollHeight;
  $("newest").hidden = true;
}

/** @param {string} text */
function banner(text) {
  if ($("banner").textContent !== text) $("banner").textContent = text;
}

/** @param {boolean} open */
function menu(open) {
  $("menu").hidden = !open;
  $("menu-button").setAttribute("aria-expanded", String(open));
}

$("menu-button").onclick = () => menu($("menu").hidden);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && !event.target.closest("#menu, #menu-button")) menu(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || $("menu").hidden) return;
  menu(false);
  $("menu-button").focus();
});
$("ask-person").onclick = () => {
  menu(false);
  say(words.starter_person);
  composer.focus();
};
$("language").onchange = () => {
  store.set("language", $("language").value);
  location.search = `?lang=${$("language").value}`;
};
$("anew-button").onclick = () => {
  menu(false);
  $("anew").showModal();
};
$("anew").onclose = () => {
  if ($("anew").returnValue !== "anew") return $("menu-button").focus();
  session.forget();
  outbox.clear();
  reset();
  banner("");
  composer.focus();
};
for (const starter of $("starters").children) {
  starter.onclick = () => {
    say(starter.textContent);
    composer.focus();
  };
}
$("newest").onclick = () => {
  scroll(true);
  $("scroller").focus({ preventScroll: true });
};
$("scroller").addEventListener(
  "scroll",
  () => {
    wasNear = isNear();
    if (wasNear) $("newest").hidden = true;
  },
  { passive: true },
);
let wasNear = true;
const sizes = new ResizeObserver(() => scroll(wasNear)); // a keyboard comes up, a picture has loaded
sizes.observe($("scroller"));
sizes.observe($("log"));

addEventListener("online", () => {
  // The old connection may be dead without knowing it.
  if (following) stream.start(stream.seq);
  outbox.retry();
  banner("");
});
addEventListener("offline", () => banner(words.offline));
addEventListener("storage", (event) => {
  // Another tab has begun anew.
  if (event.key === "recourse.session" && event.oldValue && following) location.reload();
});
addEventListener("beforeunload", (event) => {
  if (outbox.fragile) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  refresh();
  stream.hurry();
});

const chosen = store.get("language");
if (chosen && chosen !== language && !location.search) location.replace(`/?lang=${encodeURIComponent(chosen)}`);
refresh();
outbox.restore();
if (session.known) follow();
if (!navigator.onLine) banner(words.offline);
composer.focus();
