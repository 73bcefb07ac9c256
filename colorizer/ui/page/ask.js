// The one way to ask Python: an endpoint of the page by its name, over plain HTTP. Gradio's own
// events would reload the page after a lost connection, and with it all that was painted.

const SILENCE = 40_000; // milliseconds without a sign; the server sends one every 15 s

// The server cannot be reached, or broke off; asking again later may help.
class Unreachable extends Error {}

// An error that Python or the page made for the user.
class UserError extends Error {}

function api(path) {
  const { root, api_prefix: prefix } = window.gradio_config;
  return `${root}${prefix}/${path}`;
}

function fileUrl({ path }) {
  return api(`file=${path}`);
}

async function reach(path, options = {}) {
  const response = await fetch(api(path), options).catch((error) => {
    throw new Unreachable(error.message);
  });
  if (response.ok) return response;
  // a proxy without its server
  if ([502, 503, 504].includes(response.status)) throw new Unreachable(response.status);
  const { detail } = await response.json().catch(() => ({}));
  if (typeof detail === "string") throw new UserError(detail); // busy, or too large
  throw new UserError(say("The server says {status}.", { status: response.status }));
}

// A body that breaks off is a connection that is lost.
function whole(body) {
  return body.catch((error) => { throw new Unreachable(error.message); });
}

async function isReachable() {
  return reach("app_id", { cache: "no-store" }).then(() => true, () => false);
}

// Returns the answer; `onPart` gets what comes before it. Rejects with a UserError that holds
// Python's own sentence, or Unreachable.
async function ask(name, data, onPart = () => {}) {
  const posted = await reach(`call/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [data] }),
  });
  const { event_id: id } = await whole(posted.json());
  for await (const { event, content } of serverEvents(`call/${name}/${id}`)) {
    if (event === "generating") onPart(content[0]);
    if (event === "complete") return content[0];
    // a text: the server is going down, or was started anew and does not know this run
    if (event === "error" && typeof content === "string") throw new Unreachable(content);
    if (event === "error") throw new UserError(content?.error ?? say("The server failed."));
  }
  throw new Unreachable("the answer broke off");
}

async function* serverEvents(path) {
  const abort = new AbortController();
  const reader = (await reach(path, { signal: abort.signal })).body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const watchdog = setTimeout(() => abort.abort(), SILENCE);
    const { done, value } = await reader.read().catch((error) => {
      throw new Unreachable(error.message);
    });
    clearTimeout(watchdog);
    if (done) return;
    const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const [, event, content] = block.match(/^event: (.*)\ndata: (.*)$/s) ?? [];
      if (event) yield { event, content: JSON.parse(content) };
    }
  }
}

// Sends a file to the server and returns it as Python takes it.
async function sendFile(blob, name) {
  const form = new FormData();
  form.append("files", blob, name);
  const sent = await reach("upload", { method: "POST", body: form });
  const [path] = await whole(sent.json());
  return { path, orig_name: name, meta: { _type: "gradio.FileData" } };
}

// Loads a file that the server has; returns a Blob.
async function loadFile(file) {
  return whole((await reach(`file=${file.path}`)).blob());
}

// Gives the user a file.
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
