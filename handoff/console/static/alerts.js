// A new case: a sound and a notification, if the agent wants them. Both are off until switched on.

import { announce, kept, say } from "./words.js";

let known = null;

export function listenForCases() {
  for (const name of ["sound", "notify"]) {
    const on = document.querySelector(`[data-switch=${name}]`);
    if (!on) continue;
    on.checked = kept.get(name) === "on" && (name !== "notify" || globalThis.Notification?.permission === "granted");
    on.addEventListener("change", () => choose(name, on));
  }
  const list = document.querySelector("[data-list=waiting]");
  if (list) newOnes(list);
}

async function choose(name, on) {
  if (name === "notify" && on.checked && (await globalThis.Notification?.requestPermission()) !== "granted") {
    on.checked = false;
    announce(say("notify_refused"));
    return;
  }
  kept.set(name, on.checked ? "on" : "off");
  if (name === "sound" && on.checked) ring();
}

/** The waiting list, as it is now. @param {HTMLElement} list */
export function newOnes(list) {
  const rows = [...list.querySelectorAll("[data-reference]")];
  const waiting = Number(list.dataset.waiting);
  const fresh = known && rows.filter((row) => !known.references.has(row.dataset.reference));
  // A case that moves up into the list because another was taken is not new.
  const came = fresh && waiting > known.waiting ? fresh : [];
  known = { waiting, references: new Set([...(known?.references ?? []), ...rows.map((r) => r.dataset.reference)]) };
  if (!came.length) return;
  const subject = came[0].querySelector("h3").textContent.trim();
  announce(say("new_case", { subject }));
  if (kept.get("sound") === "on") ring();
  if (kept.get("notify") === "on" && document.hidden && globalThis.Notification?.permission === "granted") {
    const shown = new Notification(say("new_case", { subject }), { tag: "recourse-case" });
    const address = came[0].querySelector("a").href;
    shown.onclick = () => { focus(); location.assign(address); };
  }
}

// Two soft tones, made here: no file to load.
function ring() {
  const AudioContext = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!AudioContext) return;
  const sound = new AudioContext();
  [[660, 0], [880, 0.14]].forEach(([pitch, after]) => {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const at = sound.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  });
  setTimeout(() => sound.close(), 800);
}
