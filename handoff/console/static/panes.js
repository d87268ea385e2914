// On a narrow screen one pane at a time; menus and windows that open and close; the row one is at.

const PANE = "pane";
const NARROW = matchMedia("(max-width: 61.99rem)");

export function arrange() {
  markCurrent();
  const desk = document.querySelector("[data-case]");
  if (desk) {
    choose(leftIn(desk.dataset.case) ?? "talk");
    for (const link of document.querySelectorAll("[data-pane-link]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        choose(link.dataset.paneLink);
      });
    }
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    for (const menu of document.querySelectorAll("details.drop[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (event.target.matches("dialog")) event.target.close(); // beside it
  });
}

// The answer to a form is a new page: one is where the form was. Any other way leads to the conversation.
export function comeBack() {
  const desk = document.querySelector("[data-case]");
  if (desk) sessionStorage.setItem(PANE, `${desk.dataset.case} ${desk.dataset.pane}`);
}

function leftIn(reference) {
  const [left, pane] = (sessionStorage.getItem(PANE) ?? "").split(" ");
  sessionStorage.removeItem(PANE);
  return left === reference ? pane : undefined;
}

/** @param {string} pane "rail", "talk" or "side" @param {boolean} [go] move the focus there */
export function choose(pane, go = false) {
  const desk = document.querySelector("[data-case]");
  if (!desk) return;
  desk.dataset.pane = pane;
  for (const link of document.querySelectorAll("[data-pane-link]")) {
    if (link.dataset.paneLink === pane) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (pane === "talk") {
    const log = document.getElementById("log");
    if (NARROW.matches && log) log.scrollTop = log.scrollHeight;
  }
  if (go) document.getElementById(pane)?.focus();
}

export function markCurrent() {
  const here = document.querySelector("[data-case]")?.dataset.case;
  if (!here) return;
  for (const row of document.querySelectorAll(".rail .row")) {
    const current = row.dataset.reference === here;
    row.classList.toggle("current", current);
    const link = row.querySelector("a");
    if (current) link?.setAttribute("aria-current", "page");
    else link?.removeAttribute("aria-current");
  }
}
