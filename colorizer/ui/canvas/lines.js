// Line-arts of another kind: a cleaned scan, or the lines of a colored picture. The picture that
// was opened stays in the document as `original`; choosing and going back are steps of history.

const COLORED = 0.12; // share of strong colors from which a picture is no line-art
const STRONG = 48; // levels between the channels of a strong color
const SCANNED = 0.5; // share of grays from which paper is not white
const GRAY = [110, 250]; // levels between ink and white

function createKinds(studio) {
  const radios = [...studio.root.querySelectorAll(".kinds input")];
  const kinds = {
    preparing: "", // the kind that Python is making
    show() {
      const { base } = studio.doc;
      radios.forEach((radio) => {
        radio.checked = radio.value === (kinds.preparing || (base?.kind ?? ""));
        radio.disabled = !base?.file || Boolean(kinds.preparing);
      });
      studio.find(".kinds").setAttribute("aria-busy", String(Boolean(kinds.preparing)));
    },
    choose: (kind) => chooseKind(studio, kinds, kind),
  };
  radios.forEach((radio) => radio.addEventListener("change", () => {
    studio.guard(() => kinds.choose(radio.value));
  }));
  return kinds;
}

async function chooseKind(studio, kinds, kind) {
  const before = studio.doc.base;
  const original = before.original ?? before;
  if (!kind) {
    studio.editor.commit({ ...studio.doc, base: original }, say("The picture as it was opened"));
    return;
  }
  kinds.preparing = kind;
  kinds.show();
  try {
    const image = await studio.uploads.send({ base: original, ink: [] });
    const base = await fetchPicture(await ask("prepare", { image, kind }), studio.limits);
    if (before !== studio.doc.base) return; // undone or replaced meanwhile
    Object.assign(base, { kind, original, name: original.name });
    const name = kind === "scan" ? "Scan cleaned" : "Lines taken from the colors";
    studio.editor.commit({ ...studio.doc, base }, say(name));
  } finally {
    kinds.preparing = "";
    kinds.show();
  }
}

const KINDS_OFFERED = {
  colored: { kind: "colors", name: "From colors",
    line: "This picture has colors already. To color its lines, choose “From colors” above." },
  scanned: { kind: "scan", name: "Clean scan",
    line: "This looks like a scan or a photo of paper. “Clean scan” makes its paper white." },
};

// "colored" if so many colors are strong that the lines should be taken first, "scanned" if most
// of the paper is gray, "" for a line-art. Pixels are picked, not averaged: lines would be gray.
function looksLike(bitmap) {
  const side = 96;
  const context = new OffscreenCanvas(side, side).getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, side, side);
  return kindOfPixels(context.getImageData(0, 0, side, side).data);
}

function kindOfPixels(data) {
  let [strong, gray] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] <= 128) continue;
    const [high, low] = [Math.max, Math.min].map((of) => of(data[i], data[i + 1], data[i + 2]));
    strong += high - low > STRONG;
    gray += high - low <= STRONG && high > GRAY[0] && high < GRAY[1];
  }
  if (strong > COLORED * data.length / 4) return "colored";
  return gray > SCANNED * data.length / 4 ? "scanned" : "";
}
