// Times that pass: "5 minutes ago", and dates that come near.

import { language, say } from "./words.js";

const RELATIVE = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const NEAR = 86_400_000; // ms before its date from which a case is marked

export function keepTimes() {
  tellTimes(document);
  setInterval(() => tellTimes(document), 20_000);
}

/** @param {Document | Element} root */
export function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-relative]")) {
    time.textContent = relative(new Date(time.dateTime));
  }
  for (const due of root.querySelectorAll("[data-due]")) {
    const left = new Date(due.dataset.due) - Date.now();
    due.classList.toggle("late", left < 0);
    due.classList.toggle("soon", left >= 0 && left < NEAR);
  }
}

function relative(moment) {
  const seconds = (moment - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  }
  return say(seconds > 0 ? "in_a_moment" : "just_now");
}
