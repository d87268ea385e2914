// The messages on the page. Whatever anybody wrote is put in as text, never as markup.

/** @typedef {import("./connection.js").Said} Said @typedef {import("./outbox.js").Pending} Pending */

const GROUP = 5 * 60 * 1000; // ms within which messages of the same author are shown as one group
const SHOWN = /^image\/(jpeg|png|gif|webp)$/;
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])|(\bRC-[0-9A-Z]{8}\b)/g;

/** An element. @param {string} tag @param {string} [className] @param {(Node | string)[]} children */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** @param {number | null} bytes @param {string} locale */
export function size(bytes, locale) {
  if (bytes === null) return "";
  const [amount, unit] = bytes < 1e6 ? [Math.ceil(bytes / 1e3), "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}

/** The messages, by number; those that are still on their way come last. */
export class Log {
  /** @type {Map<string, string>} addresses of the visitor's own pictures, by message id */
  #pictures = new Map();

  /**
   * @param {HTMLElement} root @param {Record<string, string>} words @param {string} locale
   * @param {{ retry: (id: string) => void, file: (id: number) => Promise<Blob> }} ask
   */
  constructor(root, words, locale, ask) {
    this.root = root;
    this.words = words;
    this.locale = locale;
    this.ask = ask;
    this.time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  }

  clear() {
    this.root.replaceChildren();
    for (const address of this.#pictures.values()) URL.revokeObjectURL(address);
    this.#pictures.clear();
  }

  get empty() {
    return !this.root.querySelector(".message");
  }

  /** @param {Said} said */
  show(said) {
    if (said.id && !said.files.length) this.confirm(said.id, said.seq);
    else if (said.id) this.#own(said.id)?.remove();
    if (this.root.querySelector(`[data-seq="${said.seq}"]`)) return;
    const message = this.#message(said.from, said.name, said.text, new Date(said.at));
    message.dataset.seq = String(said.seq);
    if (said.id) message.dataset.id = said.id;
    const bubble = message.querySelector(".bubble");
    for (const file of said.files) bubble.append(this.#file(file, said.id));
    if (said.from === "customer") this.#state(message, "sent");
    this.#place(message, said.seq);
  }

  /** @param {Pending} pending */
  showPending(pending) {
    let message = this.#own(pending.id);
    if (!message) {
      message = this.#message("customer", null, pending.text, new Date(pending.at));
      message.dataset.id = pending.id;
      if (pending.file) message.querySelector(".bubble").append(this.#pendingFile(pending), make("progress"));
      this.#place(message, Infinity);
    }
    this.#state(message, pending.state, pending);
    const bar = message.querySelector("progress");
    if (bar) bar.value = pending.progress ?? 0;
  }

  /** The server has it, as number `seq`. @param {string} id @param {number} seq */
  confirm(id, seq) {
    const message = this.#own(id);
    if (!message || message.dataset.seq) return;
    message.dataset.seq = String(seq);
    message.querySelector("progress")?.remove();
    this.#state(message, "sent");
    this.#place(message, seq);
  }

  /** A line that nobody said. @param {string} text */
  remark(text) {
    this.root.append(make("p", "message system", text));
  }

  /** @param {string} id @returns {HTMLElement | null} */
  #own(id) {
    return this.root.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  /** @param {string} from @param {string | null} name @param {string} text @param {Date} at */
  #message(from, name, text, at) {
    const message = make("article", `message ${from}`);
    message.dataset.at = String(at.getTime());
    message.dataset.by = `${from}/${name ?? ""}`;
    if (from === "system") {
      const line = make("p", "bubble", text);
      line.dir = "auto";
      message.append(line);
      return message;
    }
    message.append(this.#author(from, name));
    const bubble = make("div", "bubble");
    if (text) {
      const words = make("p", "", ...(from === "customer" ? [text] : linked(text)));
      words.dir = "auto";
      bubble.append(words);
    }
    const time = make("time", "", this.time.format(at));
    time.setAttribute("datetime", at.toISOString());
    message.append(bubble, make("p", "meta", time));
    return message;
  }

  /** @param {string} from @param {string | null} name */
  #author(from, name) {
    if (from === "customer") return make("p", "author unseen", this.words.you);
    if (from === "bot") return make("p", "author", icon("bot"), this.words.assistant);
    const called = make("bdi", "", name || this.words.team);
    return make("p", "author", icon("person"), called, make("span", "badge", this.words.person));
  }

  /** @param {HTMLElement} message @param {"sent" | Pending["state"]} state @param {Pending} [pending] */
  #state(message, state, pending) {
    if (message.dataset.state === state) return;
    message.dataset.state = state;
    const meta = message.querySelector(".meta");
    meta.querySelectorAll(".state, button").forEach((element) => element.remove());
    meta.append(make("span", "state", this.#stateText(state, pending?.reason)));
    // A file that is too large or of the wrong kind stays so.
    if (state === "waiting" || (state === "failed" && ![413, 415].includes(pending.reason))) {
      const button = make("button", "link", this.words.retry);
      button.setAttribute("type", "button");
      button.onclick = () => this.ask.retry(message.dataset.id);
      meta.append(button);
    }
  }

  /** @param {"sent" | Pending["state"]} state @param {number} [reason] */
  #stateText(state, reason) {
    if (state !== "failed") return this.words[state];
    const why = reason === 415 ? this.words.file_refused : this.words.refused;
    return `${this.words.failed}. ${why}`;
  }

  /** @param {HTMLElement} message @param {number} seq */
  #place(message, seq) {
    const others = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".message"))];
    const before = others.find((other) => other !== message && Number(other.dataset.seq ?? Infinity) > seq);
    const old = message.previousElementSibling;
    if (message.isConnected && (before ?? null) === message.nextElementSibling) return;
    if (before) before.before(message);
    else this.root.append(message);
    if (old?.matches(".day") && !old.nextElementSibling?.matches(".message")) old.remove();
    this.#join(message);
    const next = message.nextElementSibling;
    if (next instanceof HTMLElement && next.matches(".message")) this.#join(next);
  }

  /** Show whether a message goes on with the one before it, or begins a new day. @param {HTMLElement} message */
  #join(message) {
    if (!message.dataset.at) return;
    const at = new Date(Number(message.dataset.at));
    let before = message.previousElementSibling;
    while (before && !(before instanceof HTMLElement && before.dataset.at)) before = before.previousElementSibling;
    const earlier = before instanceof HTMLElement ? new Date(Number(before.dataset.at)) : null;
    const sameDay = earlier?.toDateString() === at.toDateString();
    const together = sameDay && at.getTime() - earlier.getTime() < GROUP;
    message.classList.toggle("follows", together && before.dataset.by === message.dataset.by);
    message.querySelector(".author")?.classList.toggle(
      "unseen",
      message.matches(".follows, .customer"),
    );
    if (!sameDay && !message.previousElementSibling?.matches(".day")) {
      message.before(make("p", "day", make("span", "", this.#dayText(at))));
    }
  }

  /** @param {Date} at */
  #dayText(at) {
    const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
    const text = days > -2 ? this.ago.format(days, "day") : this.day.format(at);
    return text.charAt(0).toLocaleUpperCase(this.locale) + text.slice(1);
  }

  /** @param {Pending} pending */
  #pendingFile(pending) {
    const { file } = pending;
    const label = make("div", "file", icon("file"), this.#label(file.name, file.size));
    if (!SHOWN.test(file.type)) return label;
    const address = URL.createObjectURL(file);
    this.#pictures.set(pending.id, address);
    const picture = make("div", "picture", this.#picture(address, file.name));
    picture.firstElementChild.addEventListener("error", () => picture.replaceWith(label));
    return picture;
  }

  /** @param {Said["files"][0]} file @param {string | null} id */
  #file(file, id) {
    if (SHOWN.test(file.type)) {
      const link = /** @type {HTMLAnchorElement} */ (make("a", "picture"));
      link.target = "_blank";
      link.rel = "noopener";
      const put = (/** @type {string} */ address) => {
        link.href = address;
        link.replaceChildren(this.#picture(address, file.name));
      };
      const mine = id && this.#pictures.get(id);
      if (mine) put(mine);
      else
        whenSeen(link, async () => {
          const address = URL.createObjectURL(await this.ask.file(file.id));
          this.#pictures.set(`file ${file.id}`, address);
          put(address);
        });
      return link;
    }
    const button = make("button", "file", icon("file"), this.#label(file.name, file.size));
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", this.words.open.replace("{name}", file.name));
    button.onclick = async () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await this.ask.file(file.id));
      link.download = file.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    };
    return button;
  }

  /** @param {string} address @param {string} name */
  #picture(address, name) {
    const picture = new Image();
    picture.src = address;
    picture.alt = `${this.words.photo}: ${name}`;
    return picture;
  }

  /** @param {string} name @param {number | null} bytes */
  #label(name, bytes) {
    return make("span", "", make("bdi", "name", name), make("small", "", size(bytes, this.locale)));
  }
}

/** `text` with addresses to follow and references that stand out. @param {string} text */
function linked(text) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1]) {
      const link = document.createElement("a");
      link.href = match[1];
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.textContent = match[1];
      parts.push(link);
    } else {
      parts.push(make("strong", "reference", match[0]));
    }
  }
  return [...parts, text.slice(end)];
}

/** @param {Element} element @param {() => void} act */
function whenSeen(element, act) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}
