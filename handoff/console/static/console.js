// Keeps an open page true: parts that changed, times that pass, replies without a reload.
// The pages work without it; a form is then sent and the page loaded anew.

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

const plainTitle = document.title.replace(/^\(\d+\) /, "");
const desk = document.querySelector("[data-stream]");

start();

function start() {
  tellTimes();
  setInterval(tellTimes, 20_000);
  document.addEventListener("submit", submitted);
  document.addEventListener("keydown", sendByKey);
  if (!desk) return;
  stayAtEnd();
  listen(desk.dataset.stream);
}

// Live parts -------------------------------------------------------------------------------------

function listen(address) {
  const stream = new EventSource(address);
  const offline = document.querySelector(".offline");
  stream.addEventListener("open", () => { offline.hidden = true; });
  stream.addEventListener("error", () => { offline.hidden = false; });
  stream.addEventListener("region", (event) => update(JSON.parse(event.data)));
  stream.addEventListener("gone", () => { stream.close(); location.reload(); });
  addEventListener("pagehide", () => stream.close());
}

function update({ id, html, digest }) {
  const region = document.getElementById(id);
  if (!region || region.dataset.digest === digest) return;
  region.dataset.digest = digest;
  if (id === "composer" && hasDraft(region)) return; // what was typed matters more; sending will tell
  const keep = remember(region);
  region.innerHTML = html; // rendered and escaped by our own server
  tellTimes(region);
  if (id === "log") heard(region, keep);
  if (id === "queue") count(region);
  restore(region, keep);
}

function hasDraft(region) {
  return [...region.querySelectorAll("textarea")].some((box) => box.value.trim() !== "");
}

function remember(region) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  return {
    href: focused?.getAttribute("href"),
    id: focused?.id,
    last: lastSeq(region),
    atEnd: isAtEnd(region),
  };
}

function restore(region, { href, id }) {
  const target = (id && document.getElementById(id))
    || (href && region.querySelector(`a[href="${CSS.escape(href)}"]`));
  target?.focus({ preventScroll: true });
}

// Screen readers hear only what is new, not the whole conversation again.
function heard(region, { last, atEnd }) {
  const fresh = [...region.querySelectorAll(".said-customer")].filter((m) => Number(m.dataset.seq) > last);
  for (const message of fresh) {
    announce(`${message.dataset.from}: ${message.querySelector(".said-text")?.textContent ?? "a file"}`);
  }
  if (atEnd) showEnd();
}

function lastSeq(region) {
  return Math.max(0, ...[...region.querySelectorAll("[data-seq]")].map((m) => Number(m.dataset.seq)));
}

function count(region) {
  const waiting = Number(region.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
  document.title = waiting ? `(${waiting}) ${plainTitle}` : plainTitle;
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// The newest message stays in view when the panes around the conversation grow.
function stayAtEnd() {
  const log = document.getElementById("log");
  if (!log) return;
  let atEnd = true;
  log.addEventListener("scroll", () => { atEnd = isAtEnd(log); });
  new ResizeObserver(() => { if (atEnd) showEnd(); }).observe(log);
}

function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function showEnd() {
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;
}

// Forms ------------------------------------------------------------------------------------------

function submitted(event) {
  const form = event.target;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("data-quiet")) {
    event.preventDefault();
    sendQuietly(form);
    return;
  }
  form.dataset.busy = "yes"; // a double click is one move
}

async function sendQuietly(form) {
  const button = form.querySelector("button");
  const problem = form.querySelector(".problem");
  form.dataset.busy = "yes";
  button.setAttribute("aria-disabled", "true");
  problem.hidden = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json, text/html" },
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.reset();
    form.querySelector("textarea").value = "";
    takeOver(fresh, form);
    announce(form.closest("#composer") ? "Reply sent" : "Note kept");
  } catch (error) {
    problem.textContent = error instanceof TypeError
      ? "The server cannot be reached. Your text is still here: please try again."
      : `${error.message}.`;
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
  const next = fresh.querySelector("[name=id]");
  if (id && next) id.value = next.value;
  for (const region of fresh.querySelectorAll("[data-region]:not(#composer)")) {
    update({ id: region.id, html: region.innerHTML, digest: region.dataset.digest });
  }
  if (form.closest("#composer")) showEnd();
}

function sendByKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-quiet] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
}

// Times ------------------------------------------------------------------------------------------

function tellTimes(within = document) {
  const root = within instanceof Element ? within : document;
  for (const time of root.querySelectorAll("time[data-relative]")) {
    time.textContent = relative(new Date(time.dateTime));
  }
  for (const due of root.querySelectorAll("[data-due]")) {
    const left = new Date(due.dataset.due) - Date.now();
    due.classList.toggle("late", left < 0);
    due.classList.toggle("soon", left >= 0 && left < 86_400_000);
  }
}

function relative(moment) {
  const seconds = (moment - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
}
