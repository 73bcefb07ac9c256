// Line-arts of another kind: a cleaned scan, or the lines of a colored picture. The picture that
// was opened stays in the document as `original`; choosing and going back are steps of history.

const COLORED = 0.12; // share of strong colors from which a picture is no line-art

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
