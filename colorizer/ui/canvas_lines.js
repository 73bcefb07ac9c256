// Line-arts of another kind: a cleaned scan, or the lines of a colored picture. The picture that
// was opened stays in the document as `original`; choosing and going back are steps of history.

const COLORED = 0.12; // share of strong colors from which a picture is no line-art

function addLines(studio) {
  const radios = [...studio.root.querySelectorAll(".kinds input")];
  Object.assign(studio, { preparing: 0, wantedKind: "" });
  studio.showKind = () => {
    const { base } = studio.doc;
    radios.forEach((radio) => {
      radio.checked = radio.value === (studio.preparing ? studio.wantedKind : base?.kind ?? "");
      radio.disabled = !base?.file || studio.preparing > 0;
    });
    studio.find(".kinds").setAttribute("aria-busy", String(studio.preparing > 0));
  };
  radios.forEach((radio) => radio.addEventListener("change", () => {
    studio.guard(() => chooseKind(studio, radio.value));
  }));
  hear("line", (answer) => studio.guard(() => takeLine(studio, answer)));
  hear("ended", (what) => {
    if (what !== "line") return;
    studio.preparing = 0;
    studio.showKind();
  });
}

async function chooseKind(studio, kind) {
  const { doc } = studio;
  const original = doc.base.original ?? doc.base;
  if (!kind) {
    studio.commit({ ...doc, base: original }, say("The picture as it was opened"));
    return;
  }
  Object.assign(studio, { preparing: studio.nextTurn(), wantedKind: kind });
  studio.showKind();
  const source = await studio.uploadLineArt({ base: original, ink: [] });
  props.value = { ...studio.lastValue(), source, kind, turn: studio.preparing };
  trigger("prepare");
}

async function takeLine(studio, { image, kind, turn }) {
  if (turn !== studio.preparing) return;
  const before = studio.doc.base;
  const original = before.original ?? before;
  const base = await fetchPicture(image, studio.limits);
  if (before !== studio.doc.base) return; // undone or replaced meanwhile
  Object.assign(base, { kind, original, name: original.name });
  const name = kind === "scan" ? "Scan cleaned" : "Lines taken from the colors";
  studio.commit({ ...studio.doc, base }, say(name));
}

// Whether a picture has so many strong colors that its lines should be taken first.
function looksColored(bitmap) {
  const side = 48;
  const context = new OffscreenCanvas(side, side).getContext("2d");
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let strong = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    if (data[i + 3] > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 48) strong += 1;
  }
  return strong > COLORED * side * side;
}
