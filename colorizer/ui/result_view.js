// The colored picture under its before/after slider. Gradio gives element, props and watch.

const view = element.querySelector(".view");
const frame = view.querySelector(".frame");
const after = view.querySelector(".after");
const before = view.querySelector(".before");
const slider = view.querySelector(".slider");
const shown = { value: null, picture: "color" };

// Decoded before it is shown, so that live recoloring does not flicker.
async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function facts({ width, height, hints, seconds }) {
  const dots = hints === 0 ? say("automatic colors") : count(hints, "1 hint", "{n} hints");
  return `${width} × ${height} · ${dots} · ${say("{n} s", { n: seconds.toFixed(1) })}`;
}

function showFacts() {
  view.querySelector(".facts").textContent = shown.value ? facts(shown.value) : "";
}

async function show() {
  const { value } = props;
  if (!value) return;
  const url = shown.picture === "color" ? value.image.url : value.draft.url;
  const [picture] = await Promise.all(
    [value.image.url, url, value.line_art.url].map((one) => decoded(one)));
  if (value !== props.value) return; // a newer one came while this was loading
  after.src = url;
  before.src = value.line_art.url;
  frame.style.setProperty("--ratio", value.width / value.height);
  frame.hidden = false;
  view.querySelector(".empty").hidden = true;
  if (shown.value !== value) tell("result", { ...value, picture });
  shown.value = value;
  showFacts();
  offerFiles(value);
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
  show();
}
