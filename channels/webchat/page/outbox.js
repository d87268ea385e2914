// What the visitor has written and the server has not confirmed: kept, and sent in order.

import { Refused, store } from "./connection.js";

/**
 * @typedef {{ id: string, text: string, at: string, button?: string, file?: File,
 *   state: "sending" | "waiting" | "failed", reason?: number, progress?: number }} Pending
 */

/** Sends one message after the other, so that their order is kept, and tries until it works. */
export class Outbox {
  /** @type {Pending[]} */
  #pending = [];
  #busy = false;
  #wake = () => {};

  /**
   * @param {import("./connection.js").Session} session
   * @param {{ changed: (message: Pending) => void, sent: (message: Pending, seq: number) => void,
   *   expired: () => void }} tell
   */
  constructor(session, tell) {
    this.session = session;
    this.tell = tell;
  }

  /** Take up what an earlier visit could not send. */
  restore() {
    for (const message of store.get("outbox") ?? []) this.add(message);
  }

  /** @param {Pending} message */
  add(message) {
    message.state = "sending";
    this.#pending.push(message);
    this.#keep();
    this.tell.changed(message);
    this.#work();
  }

  /** Try again, now. @param {string} [id] */
  retry(id) {
    const message = this.#pending.find((m) => m.id === id);
    if (message) this.#change(message, "sending");
    this.#wake();
    this.#work();
  }

  /** The server tells us the message, so it has it. @param {string} id */
  confirm(id) {
    this.#pending = this.#pending.filter((m) => m.id !== id);
    this.#keep();
  }

  /** Tell of everything once more, to a log that was cleared. */
  retell() {
    this.#pending.forEach((message) => this.tell.changed(message));
  }

  clear() {
    this.#pending = [];
    this.#keep();
  }

  /** Whether a file would be lost if the page were closed now. */
  get fragile() {
    return this.#pending.some((m) => m.file && m.state !== "failed");
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    let failures = 0;
    for (let next; (next = this.#pending.find((m) => m.state !== "failed")); ) {
      const message = next;
      try {
        const { seq } = await this.#send(message);
        failures = 0;
        this.confirm(message.id);
        this.tell.sent(message, seq);
      } catch (error) {
        if (error instanceof Refused && error.final) {
          message.reason = error.status;
          this.#change(message, "failed");
        } else {
          if (error instanceof Refused && error.status === 401) this.tell.expired();
          failures += 1;
          this.#change(message, "waiting");
          const wanted = error instanceof Refused ? error.retryAfter : 0;
          await this.#pause(Math.max(wanted, Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random())));
        }
      }
    }
    this.#busy = false;
  }

  /** @param {Pending} message */
  #send(message) {
    if (!message.file) return this.session.say(message);
    const file = /** @type {Pending & { file: File }} */ (message);
    return this.session.upload(file, (share) => {
      message.progress = share;
      this.#change(message, "sending");
    });
  }

  /** @param {Pending} message @param {Pending["state"]} state */
  #change(message, state) {
    message.state = state;
    if (this.#pending.includes(message)) this.tell.changed(message);
  }

  /** @param {number} time ms */
  #pause(time) {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      setTimeout(resolve, time);
    });
  }

  #keep() {
    const texts = this.#pending.filter((m) => !m.file);
    store.set("outbox", texts.length ? texts : null);
  }
}
