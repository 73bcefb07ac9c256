// Shows what Python returned. Gradio runs this once and gives it element, props and watch.

const view = element.querySelector(".view");
const frame = view.querySelector(".frame");
const after = view.querySelector(".after");
const before = view.querySelector(".before");
const slider = view.querySelector(".slider");
const shown = { value: null, picture: "color" };

function tell(name, detail) {
  window.dispatchEvent(new CustomEvent(`lineart:${name}`, { detail }));
}

// Decoded before it is shown, so that live recoloring does not flicker.
async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function facts({ width, height, hints, seconds }) {
  const dots = hints === 0 ? "automatic colors" : `${hints} hint${hints === 1 ? "" : "s"}`;
  return `${width} × ${height} · ${dots} · ${seconds.toFixed(1)} s`;
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
  view.querySelector(".facts").textContent = facts(value);
  const link = view.querySelector("a");
  link.href = value.image.url;
  link.download = `${value.name}-colored.png`;
  link.removeAttribute("aria-disabled");
  if (shown.value !== value) tell("result", { ...value, picture });
  shown.value = value;
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

slider.addEventListener("input", () => frame.style.setProperty("--cut", `${slider.value}%`));
frame.addEventListener("click", pickColor);
view.querySelectorAll("[data-show]").forEach((button) => {
  button.addEventListener("click", () => {
    shown.picture = button.dataset.show;
    view.querySelectorAll("[data-show]").forEach((other) => {
      other.setAttribute("aria-pressed", String(other === button));
    });
    show();
  });
});
window.addEventListener("lineart:tool", ({ detail }) => {
  view.classList.toggle("picking", detail === "pick");
});
window.addEventListener("lineart:peek", ({ detail }) => view.classList.toggle("peek", detail));
watch("value", show);
show();
