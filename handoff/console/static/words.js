// What the script says, in the language of the page; and who hears it.

const texts = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;

/** @param {string} key @param {Record<string, string>} [values] */
export function say(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** To screen readers. @param {string} text */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** What is kept in this browser only; a browser that keeps nothing is no reason to fail. */
export const kept = {
  /** @param {string} name */
  get(name) {
    try { return localStorage.getItem(`recourse.${name}`); } catch { return null; }
  },
  /** @param {string} name @param {string} value */
  set(name, value) {
    try { localStorage.setItem(`recourse.${name}`, value); } catch { /* then it is forgotten */ }
  },
};
