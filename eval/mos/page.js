// The rating page: what is shown, the keys, and calls that are repeated until they arrive.
const RETRY_MS = 500, SLOWEST_RETRY_MS = 8000, GIVE_UP_MS = 15000;
const root = element.querySelector("[data-mos]");
const views = Object.fromEntries([...root.querySelectorAll("[data-view]")].map((v) => [v.dataset.view, v]));
const picture = root.querySelector("img");
const starts = root.querySelector("[data-act=start]");
const undos = root.querySelectorAll("[data-act=undo]");
const scores = [...root.querySelectorAll("[data-score]")];
const config = window.gradio_config ?? {};
const endpoint = `${config.root ?? ""}${config.api_prefix ?? "/gradio_api"}/run/`;
const token = findToken();
const loaded = new Map(); // position -> promise of a data: address
let state = { position: 0, total: 0 };
let busy = true;

function findToken() {
  const key = "mos-rater";
  const digits = /^[0-9a-f]{32}$/;
  const asked = new URLSearchParams(location.search).get("rater") ?? "";
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const fresh = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  let stored = "";
  try {
    stored = localStorage.getItem(key) ?? "";
    const kept = [asked, stored, fresh].find((text) => digits.test(text));
    localStorage.setItem(key, kept);
    return kept;
  } catch (error) {
    // No storage here: the address remembers the rater.
    const kept = digits.test(asked) ? asked : fresh;
    history.replaceState(null, "", `?rater=${kept}`);
    return kept;
  }
}

function say(text) {
  root.querySelector("[data-note]").textContent = text;
}

async function ask(name, data) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" } };
  request.body = JSON.stringify({ data });
  request.signal = AbortSignal.timeout(GIVE_UP_MS);
  const answer = await fetch(endpoint + name, request);
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(`status ${answer.status}`), { refusal: body.error });
  return body.data[0];
}

// Repeating is safe: every call says which position it means.
async function call(name, ...data) {
  for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, SLOWEST_RETRY_MS)) {
    try {
      const answer = await ask(name, [token, ...data]);
      say("");
      return answer;
    } catch (error) {
      if (error.refusal) {
        say(error.refusal);
        throw error;
      }
      say("No connection to the study. Nothing is lost: this page keeps trying.");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function load(position) {
  if (position >= state.total) return null;
  if (!loaded.has(position)) loaded.set(position, call("picture", position));
  return loaded.get(position);
}

function show(name) {
  for (const [key, view] of Object.entries(views)) view.hidden = key !== name;
}

function lock(locked) {
  busy = locked;
  for (const button of scores) button.disabled = locked;
  for (const button of undos) button.disabled = locked || state.position === 0;
}

async function showPosition() {
  const { position, total } = state;
  for (const node of root.querySelectorAll("[data-total]")) node.textContent = total;
  for (const old of loaded.keys()) if (old < position) loaded.delete(old);
  if (position < total) {
    const bar = root.querySelector("[role=progressbar]");
    bar.setAttribute("aria-valuemax", total);
    bar.setAttribute("aria-valuenow", position);
    bar.firstElementChild.style.width = `${(100 * position) / total}%`;
    root.querySelector("[data-progress]").textContent = `${position + 1} of ${total}`;
    picture.src = await load(position);
    await picture.decode();
  }
  for (const button of scores) button.classList.remove("chosen");
  show(position < total ? "rate" : "done");
  lock(false);
  load(position + 1);
}

async function move(name, ...data) {
  lock(true);
  try {
    state = await call(name, ...data);
    await showPosition();
  } catch (error) {
    if (!error.refusal) throw error;
    lock(false);
  }
}

function rate(score) {
  if (busy || state.position >= state.total) return;
  scores[score - 1].classList.add("chosen");
  move("rate", state.position, score);
}

function undo() {
  if (!busy && state.position > 0) move("rate", state.position - 1, null);
}

function onKey(event) {
  if (!root.isConnected) return document.removeEventListener("keydown", onKey);
  const plain = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!plain || !views.start.hidden) return;
  if (/^[1-5]$/.test(event.key)) rate(Number(event.key));
  else if (event.key === "Backspace") undo();
  else return;
  event.preventDefault();
}

starts.addEventListener("click", () => move("join"));
for (const button of undos) button.addEventListener("click", undo);
for (const button of scores) button.addEventListener("click", () => rate(Number(button.dataset.score)));
document.addEventListener("keydown", onKey);
call("expect").then((answer) => {
  if (answer.position === answer.total) return move("join"); // has rated everything
  for (const node of root.querySelectorAll("[data-total]")) node.textContent = answer.total;
  starts.textContent = answer.position ? `Go on with picture ${answer.position + 1}` : "Start";
  starts.disabled = false;
});
