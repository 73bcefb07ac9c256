// The colored picture under its before/after slider. What is shown is an entry of the canvas's
// results: value, the answer of Python; artwork, the line-art; blob, the file; picture, made here.

const view = element.querySelector(".view");
const frame = view.querySelector(".frame");
const after = view.querySelector(".after");
const before = view.querySelector(".before");
const slider = view.querySelector(".slider");
const shadows = view.querySelector(".shadows select");
const shown = { entry: null, wanted: null, picture: "color" };

function facts({ width, height, hints, seconds }) {
  const dots = hints === 0 ? say("automatic colors") : count(hints, "1 hint", "{n} hints");
  return `${width} × ${height} · ${dots} · ${say("{n} s", { n: seconds.toFixed(1) })}`;
}

function showFacts() {
  view.querySelector(".facts bdi").textContent = shown.entry ? facts(shown.entry.value) : "";
}

// Decoded before it is shown, so that live recoloring does not flicker.
async function load(entry) {
  entry.picture ??= await createImageBitmap(entry.blob);
  if (shown.picture === "draft") entry.draft ??= await loadFile(entry.value.draft);
  const image = new Image();
  image.src = URL.createObjectURL(shown.picture === "draft" ? entry.draft : entry.blob);
  await image.decode();
  return image.src;
}

async function show(entry) {
  shown.wanted = entry;
  if (!entry) {
    showNothing();
    return;
  }
  try {
    const url = await load(entry);
    if (shown.wanted === entry) showEntry(entry, url);
    else URL.revokeObjectURL(url);
  } catch (error) {
    tell("failed", error);
  }
}

function showNothing() {
  shown.entry = null;
  frame.hidden = true;
  view.querySelector(".empty").hidden = false;
  strip.hidden = true;
  showFacts();
  offerFiles();
}

function showEntry(entry, url) {
  URL.revokeObjectURL(after.src);
  after.src = url;
  if (entry.artwork !== shown.entry?.artwork) drawBefore(entry.artwork);
  frame.style.setProperty("--ratio", entry.value.width / entry.value.height);
  frame.hidden = false;
  view.querySelector(".empty").hidden = true;
  const isNew = shown.entry !== entry;
  shown.entry = entry;
  showFacts();
  offerFiles();
  if (isNew) tell("shown", entry);
}

function drawBefore(artwork) {
  before.width = artwork.width;
  before.height = artwork.height;
  const context = before.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, before.width, before.height);
  context.drawImage(artwork, 0, 0);
}

function pickColor(event) {
  if (!view.classList.contains("picking")) return;
  const box = frame.getBoundingClientRect();
  const sheet = new OffscreenCanvas(1, 1).getContext("2d");
  const x = (event.clientX - box.left) / box.width * after.naturalWidth;
  const y = (event.clientY - box.top) / box.height * after.naturalHeight;
  sheet.drawImage(after, -Math.floor(x), -Math.floor(y));
  const [r, g, b] = sheet.getImageData(0, 0, 1, 1).data;
  tell("picked", "#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join(""));
}

function showPicture(name) {
  shown.picture = name;
  view.querySelectorAll("[data-show]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.show === name));
  });
  if (shown.entry) show(shown.entry);
}
