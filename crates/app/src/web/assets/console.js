// Makes a console live: shows what the server sends, filters, pauses, and types without leaving the page. Everything that a game wrote
// becomes text, never markup.
const place = document.querySelector("[data-console]");
const list = place?.querySelector("[data-lines]");
const note = document.querySelector("[data-note]");
const power = document.querySelector("[data-power]");
const used = document.querySelector("[data-usage]");
const wanted = place?.querySelector("#wanted");
const pause = place?.querySelector("[data-pause]");
const form = place?.querySelector("[data-type]");
const field = form?.querySelector("[name=command]");

const MOST = 1000;
let source;
let paused = false;
let lost = false;
let sending = false;
let held = [];
const typed = [];
let at = 0;

function say(text, again) {
  if (!note) return;
  note.hidden = !text;
  note.textContent = text ?? "";
  if (!again) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = pause?.dataset.off ?? "";
  button.addEventListener("click", () => { say(); listen(); });
  note.append(" ", button);
}

function fits(item) {
  const words = wanted?.value.trim().toLowerCase();
  return !words || item.textContent.toLowerCase().includes(words);
}

function item(line) {
  const element = document.createElement("div");
  element.className = `line-${line.kind}`;
  element.dataset.number = line.number;
  for (const run of line.runs) {
    const span = document.createElement("span");
    const looks = [];
    if (run.colour !== undefined) looks.push(`ansi-${run.colour}`);
    if (run.bold) looks.push("ansi-bold");
    span.className = looks.join(" ");
    span.textContent = run.text;
    element.append(span);
  }
  element.hidden = !fits(element);
  return element;
}

function add(lines) {
  if (paused) {
    held.push(...lines);
    held = held.slice(-MOST);
    return;
  }
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const last = Number(list.lastElementChild?.dataset.number ?? -1);
  list.append(...lines.filter((line) => line.number > last).map(item));
  while (list.childElementCount > MOST) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function clear() {
  held = [];
  list.replaceChildren();
}

function usage(now) {
  if (now && used) used.textContent = place.dataset.usageWords.replace("%m", now.memory).replace("%c", now.cpu);
}

// It is heard again; what else was said stays.
function found() {
  if (lost) say();
  lost = false;
}

// The browser does not tell why it was refused: asked once more, the answer does.
async function why() {
  const gone = new AbortController();
  const answer = await fetch(place.dataset.events, { signal: gone.signal, headers: { accept: "application/json" } }).catch(() => undefined);
  // Whoever is no longer signed in is led to the page that asks for it, and back here.
  if (answer?.redirected) return location.reload();
  const problem = answer && !answer.ok ? await answer.json().catch(() => undefined) : undefined;
  gone.abort();
  say(problem?.detail ?? place.dataset.over, true);
}

function listen() {
  source?.close();
  source = new EventSource(place.dataset.events);
  const on = (name, what) => source.addEventListener(name, (event) => what(JSON.parse(event.data)));
  on("all", (all) => {
    clear();
    add(all.lines);
    list.scrollTop = list.scrollHeight;
    if (all.power) power.textContent = all.power;
    usage(all.usage);
    say(all.lost);
  });
  on("opened", () => { clear(); found(); });
  on("lines", (lines) => { found(); add(lines); });
  on("power", (word) => { power.textContent = word; });
  on("usage", usage);
  on("lost", (text) => { lost = true; say(text); });
  on("idle", () => { source.close(); say(place.dataset.idle, true); });
  on("over", () => { source.close(); say(place.dataset.over, true); });
  source.addEventListener("error", () => {
    // The browser tries again by itself, unless it was refused.
    lost = true;
    if (source.readyState === EventSource.CLOSED) why();
    else say(place.dataset.lost);
  });
}

if (place) {
  list.scrollTop = list.scrollHeight;
  listen();
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  wanted?.addEventListener("input", () => {
    for (const element of list.children) element.hidden = !fits(element);
    list.scrollTop = list.scrollHeight;
  });
  wanted?.form.addEventListener("submit", (event) => event.preventDefault());

  pause?.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? pause.dataset.off : pause.dataset.on;
    if (paused) return;
    const lines = held;
    held = [];
    add(lines);
  });

  field?.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || typed.length === 0) return;
    event.preventDefault();
    at = Math.min(Math.max(at + step, 0), typed.length);
    field.value = typed[at] ?? "";
  });

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const command = field.value;
    field.value = "";
    // What was not sent stands in the field again, unless something else has been typed meanwhile.
    const failed = (text) => {
      say(text);
      if (!field.value) field.value = command;
    };
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams({ command }),
      });
      if (!answer.ok) {
        const problem = await answer.json().catch(() => ({}));
        failed(problem.detail ?? place.dataset.failed);
        return;
      }
      typed.push(command);
      at = typed.length;
      if (!lost) say();
    } catch {
      failed(place.dataset.failed);
    } finally {
      sending = false;
    }
  });
}
