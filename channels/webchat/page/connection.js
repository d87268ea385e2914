// The way to the server: who we are, what was said, what we say.

/**
 * One message as the server tells it; see GET /chat/messages.
 * @typedef {{ seq: number, from: "customer" | "bot" | "agent" | "system", name: string | null,
 *   text: string, buttons: { title: string, token: string }[], at: string, state: string,
 *   id: string | null, files: Attached[] }} Said
 * @typedef {{ id: number, name: string, type: string, size: number | null }} Attached
 */

const RENEW = 30 * 24 * 3600 * 1000; // ms; a token is good for six months
const FIRST_SIGN = 10_000; // ms until a stream must have said something
const SILENCE = 40_000; // ms; the server gives a sign of life every 15 s
const POLL = 3_000; // ms between two looks where something on the way holds streams back

/** The server's answer when it is not a success. */
export class Refused extends Error {
  /** @param {number} status @param {number} retryAfter ms */
  constructor(status, retryAfter = 0) {
    super(`refused: ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether sending the same again cannot help. */
  get final() {
    return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status);
  }
}

const memory = new Map();

/** What this browser remembers; for the length of the visit only where it may not remember. */
export const store = {
  /** @param {string} key */
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(`recourse.${key}`) ?? "null");
    } catch {
      return memory.get(key) ?? null;
    }
  },
  /** @param {string} key @param {unknown} value */
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(`recourse.${key}`);
      else localStorage.setItem(`recourse.${key}`, JSON.stringify(value));
    } catch {
      memory.set(key, value);
    }
  },
};

/** Our token. There is none, and nothing is stored, until the visitor says something. */
export class Session {
  /** @type {Promise<string> | null} */
  #asking = null;

  /** @param {string} locale */
  constructor(locale) {
    this.locale = locale;
  }

  get known() {
    return store.get("session") !== null;
  }

  forget() {
    store.set("session", null);
  }

  /** The token, asked for if there is none and renewed now and then. @returns {Promise<string>} */
  async token() {
    const kept = store.get("session");
    if (kept && kept.locale === this.locale && Date.now() - kept.since < RENEW) return kept.token;
    this.#asking ??= this.#ask(kept?.token).finally(() => (this.#asking = null));
    try {
      return await this.#asking;
    } catch (error) {
      // An old token is better than none; that it is refused shows when it is used.
      if (kept) return kept.token;
      throw error;
    }
  }

  /** @param {string | undefined} old */
  async #ask(old) {
    const answer = await fetch("/chat/session", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(old && { Authorization: `Bearer ${old}` }) },
      body: JSON.stringify({ locale: this.locale }),
    });
    if (!answer.ok) throw refused(answer.status, answer.headers.get("Retry-After"));
    const { token } = await answer.json();
    store.set("session", { token, locale: this.locale, since: Date.now() });
    return token;
  }

  /** A request in our name. @param {string} path @param {RequestInit} options */
  async fetch(path, options = {}) {
    const token = await this.token();
    const authorization = { Authorization: `Bearer ${token}` };
    const answer = await fetch(path, { ...options, headers: { ...options.headers, ...authorization } });
    if (!answer.ok) throw this.#refused(token, answer.status, answer.headers.get("Retry-After"));
    return answer;
  }

  /** @param {string} token @param {number} status @param {string | null} retryAfter */
  #refused(token, status, retryAfter) {
    // Unless it has been replaced meanwhile, a token that is refused is of no use.
    if (status === 401 && store.get("session")?.token === token) store.set("session", null);
    return refused(status, retryAfter);
  }

  /**
   * Say something. @param {{ id: string, text: string, button?: string }} message
   * @returns {Promise<{ id: string, seq: number }>}
   */
  async say({ id, text, button }) {
    const answer = await this.fetch("/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id, text, button }),
    });
    return answer.json();
  }

  /** The visitor types. Nobody is kept waiting for it, and nothing depends on it. */
  typing() {
    if (store.get("session")) this.fetch("/chat/typing", { method: "POST" }).catch(() => {});
  }

  /**
   * Send a file; `fetch` would not tell how far it is.
   * @param {{ id: string, text: string, file: File }} message @param {(share: number) => void} progress
   * @returns {Promise<{ id: string, seq: number }>}
   */
  async upload({ id, text, file }, progress) {
    const token = await this.token();
    const form = new FormData();
    form.append("id", id);
    form.append("text", text);
    form.append("file", file, file.name);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/chat/files");
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.upload.onprogress = (event) => progress(event.loaded / event.total);
      request.onerror = () => reject(new Error("connection lost"));
      request.onload = () => {
        if (request.status === 202) resolve(JSON.parse(request.responseText));
        else reject(this.#refused(token, request.status, request.getResponseHeader("Retry-After")));
      };
      request.send(form);
    });
  }
}

/** What is said, as it is said; comes back by itself after every interruption. */
export class Stream {
  #running = new AbortController();
  #wake = () => {};
  #polling = false;

  /**
   * @param {Session} session
   * @param {{ said: (said: Said[]) => void, live: (live: boolean) => void, expired: () => void }} tell
   */
  constructor(session, tell) {
    this.session = session;
    this.tell = tell;
    this.seq = 0;
  }

  /** Follow the conversation from its beginning, or go on after `seq` on a new connection. */
  start(seq = 0) {
    this.stop();
    this.seq = seq;
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    this.#running.abort();
  }

  /** Don't wait any longer before the next try. */
  hurry() {
    this.#wake();
  }

  /** @param {AbortSignal} stopped */
  async #run(stopped) {
    let failures = 0;
    while (!stopped.aborted) {
      try {
        await (this.#polling ? this.#poll(stopped) : this.#read(stopped, () => (failures = 0)));
        failures = 0;
      } catch (error) {
        if (stopped.aborted) return;
        if (error instanceof Refused && error.status === 401) return this.tell.expired();
        failures += 1;
      }
      if (failures > 0) this.tell.live(false);
      const pause = failures ? Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random()) : this.#polling ? POLL : 0;
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
        setTimeout(resolve, pause);
      });
    }
  }

  /** @param {AbortSignal} stopped @param {() => void} alive */
  async #read(stopped, alive) {
    const ending = new AbortController();
    const end = () => ending.abort();
    stopped.addEventListener("abort", end);
    let heard = false;
    let timer = setTimeout(end, FIRST_SIGN);
    try {
      const answer = await this.session.fetch(`/chat/stream?after=${this.seq}`, { signal: ending.signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (!heard) this.tell.live(true);
        heard = true;
        alive();
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE);
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        this.#take(events.flatMap((event) => event.match(/^data: (.*)$/m)?.[1] ?? []).map((data) => JSON.parse(data)));
      }
    } catch (error) {
      if (!heard && ending.signal.aborted && !stopped.aborted && navigator.onLine) this.#polling = true;
      throw error;
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener("abort", end);
    }
  }

  /** @param {AbortSignal} signal */
  async #poll(signal) {
    const answer = await this.session.fetch(`/chat/messages?after=${this.seq}`, { signal });
    this.#take(await answer.json());
    this.tell.live(true);
  }

  /** @param {Said[]} said */
  #take(said) {
    if (!said.length) return;
    this.seq = said[said.length - 1].seq;
    this.tell.said(said);
  }
}

/** @param {number} status @param {string | null} retryAfter s */
function refused(status, retryAfter) {
  return new Refused(status, Number(retryAfter ?? 0) * 1000);
}
