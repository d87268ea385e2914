// Forms: none is sent twice by a double click, and a reply or a note needs no new page.

import { forgetDraft } from "./composer.js";
import { showEnd, update } from "./live.js";
import { comeBack } from "./panes.js";
import { announce, say } from "./words.js";

export function obeyForms() {
  document.addEventListener("submit", submitted);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
}

function submitted(event) {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  if (form.dataset.quiet) {
    event.preventDefault();
    sendQuietly(form);
    return;
  }
  comeBack();
  form.dataset.busy = "yes"; // a double click is one move
  if ("download" in form.dataset) setTimeout(() => delete form.dataset.busy, 3000); // no new page comes
}

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) delete form.dataset.busy;
});

async function sendQuietly(form) {
  const button = form.querySelector("button.send");
  const problem = form.querySelector(".problem");
  form.dataset.busy = "yes";
  button.setAttribute("aria-disabled", "true");
  problem.hidden = true;
  try {
    const data = new FormData(form);
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    const answer = await fetch(form.action, {
      method: "POST", body, headers: { Accept: "application/json, text/html" },
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.reset();
    form.querySelector("textarea").value = "";
    form.dispatchEvent(new Event("change"));
    forgetDraft(form);
    takeOver(fresh, form);
    announce(say(form.dataset.quiet === "reply" ? "reply_sent" : "note_kept"));
  } catch (error) {
    problem.textContent = error instanceof TypeError ? say("unreachable") : error.message;
    problem.hidden = false;
  } finally {
    delete form.dataset.busy;
    button.removeAttribute("aria-disabled");
    form.querySelector("textarea").focus();
  }
}

// The answer to a form is the whole page: what changed on it need not wait for the stream.
function takeOver(fresh, form) {
  const id = form.querySelector("[name=id]");
  const next = fresh.querySelector("[data-quiet=reply] [name=id]");
  if (id && next) id.value = next.value;
  for (const region of fresh.querySelectorAll("[data-region]:not(#composer, #moves)")) {
    update({ id: region.id, html: region.innerHTML, digest: region.dataset.digest });
  }
  showEnd();
}
