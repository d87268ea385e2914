// Where the visitor writes: the text, the files beside it, and what is wrong with them.

import { icon, make, size } from "./log.js";

const TEXT_LIMIT = 10_000; // characters, as the server counts them
const FILE_LIMIT = 10; // MB
const DRAFT = "recourse.draft";

/** The form at the foot of the page. */
export class Composer {
  /** @type {{ file: File, address: string }[]} */
  #files = [];

  /**
   * @param {HTMLFormElement} form @param {Record<string, string>} words @param {string} locale
   * @param {(text: string, files: File[]) => void} send
   */
  constructor(form, words, locale, send) {
    this.form = form;
    this.words = words;
    this.locale = locale;
    this.send = send;
    this.text = /** @type {HTMLTextAreaElement} */ (form.querySelector("#text"));
    this.note = form.querySelector("#note");
    this.previews = /** @type {HTMLElement} */ (form.querySelector("#previews"));
    this.input = /** @type {HTMLInputElement} */ (form.querySelector("#file"));

    this.text.value = sessionStorageOr((s) => s.getItem(DRAFT)) ?? "";
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("paste", (event) => this.#attach(event.clipboardData?.files, event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.querySelector("#attach").addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => {
      this.#attach(this.input.files);
      this.input.value = "";
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#attach(event.dataTransfer?.files);
    });
    this.#changed();
  }

  /** Go back to writing, but don't bring up a touch screen's keyboard for it. */
  focus() {
    if (!touch()) this.text.focus();
  }

  #submit() {
    const text = wellFormed(this.text.value);
    if ((!text.trim() && !this.#files.length) || this.#excess() > 0) return;
    const files = this.#files.map((item) => item.file);
    for (const { address } of this.#files) URL.revokeObjectURL(address);
    this.#files = [];
    this.text.value = "";
    this.#show();
    this.#changed();
    this.text.focus();
    this.send(text, files);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While a word is being composed (Chinese, Japanese ...) Enter belongs to that.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch()) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #excess() {
    return [...this.text.value].length - TEXT_LIMIT;
  }

  #changed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
    sessionStorageOr((s) => s.setItem(DRAFT, this.text.value));
    const excess = this.text.value.length > TEXT_LIMIT ? this.#excess() : 0;
    this.#say(excess > 0 ? this.words.too_long.replace("{count}", new Intl.NumberFormat(this.locale).format(excess)) : "");
    this.text.setAttribute("aria-invalid", String(excess > 0));
    this.form.classList.toggle("ready", Boolean(this.text.value.trim()) || this.#files.length > 0);
  }

  /** @param {FileList | undefined | null} files @param {Event} [event] */
  #attach(files, event) {
    if (!files?.length) return;
    event?.preventDefault();
    this.#changed();
    for (const file of files) {
      if (file.size > FILE_LIMIT * 1024 * 1024) {
        this.#say(this.words.file_too_large.replace("{name}", file.name).replace("{limit}", String(FILE_LIMIT)));
      } else {
        this.#files.push({ file, address: URL.createObjectURL(file) });
      }
    }
    this.#show();
    this.form.classList.toggle("ready", this.#files.length > 0 || Boolean(this.text.value.trim()));
    this.text.focus();
  }

  #show() {
    this.previews.hidden = !this.#files.length;
    this.previews.replaceChildren(...this.#files.map((item) => this.#preview(item)));
  }

  /** @param {{ file: File, address: string }} item */
  #preview(item) {
    const { file, address } = item;
    const remove = make("button", "round", icon("close"));
    remove.setAttribute("type", "button");
    remove.setAttribute("aria-label", this.words.remove.replace("{name}", file.name));
    remove.onclick = () => {
      URL.revokeObjectURL(address);
      this.#files = this.#files.filter((other) => other !== item);
      this.#show();
      this.#changed();
      this.text.focus();
    };
    /** @type {Element} */
    let face = icon("file");
    if (file.type.startsWith("image/")) {
      const picture = new Image();
      picture.src = address;
      picture.alt = "";
      face = picture;
    }
    const label = make("span", "", make("bdi", "name", file.name), make("small", "", size(file.size, this.locale)));
    return make("li", "", face, label, remove);
  }

  /** @param {string} text */
  #say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }
}

/** Whether the keyboard is on the screen and Enter should begin a new line. */
export function touch() {
  return matchMedia("(pointer: coarse)").matches;
}

/** Without halves of characters, which JSON cannot carry. @param {string} text */
function wellFormed(text) {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
}

/** @template T @param {(storage: Storage) => T} use */
function sessionStorageOr(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null; // a browser that may not remember anything
  }
}
