// A reference picture: its palette becomes swatches and, on request, hints.

function createReference(studio) {
  const box = studio.find(".reference");
  const sheet = box.querySelector("canvas");
  const reference = {
    shown: null,
    deal: 0, // how often the colors were dealt out: each time another way
    open: (file) => studio.guard(async () => {
      const picture = await decodePicture(file, file.name, studio.limits).catch((error) => {
        if (error instanceof TooLarge) return error.shrunk(); // colors are the same in it
        throw error;
      });
      const small = await smallCopy(picture.bitmap, picture.width, picture.height);
      const { colors, parts } = await ask("read_palette", { picture: small, name: file.name });
      studio.editor.commit({ ...studio.doc, reference: { picture, colors, parts } },
        say("Reference {name}", { name: file.name }));
      if (colors.length) studio.palette.choose(colors[0]);
    }),
    drop() {
      studio.editor.commit({ ...studio.doc, reference: null }, say("Reference removed"));
    },
    show() {
      const now = studio.doc.reference;
      box.hidden = !now;
      if (!now || reference.shown === now) return;
      Object.assign(reference, { shown: now, deal: 0 });
      showReference(studio, box, sheet, now);
    },
    dealOut: () => dealOut(studio, reference),
  };
  sheet.addEventListener("click", (event) => {
    const { bitmap, width, height } = studio.doc.reference.picture;
    const place = sheet.getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width * width;
    const y = (event.clientY - place.top) / place.height * height;
    studio.tools.pick(colorAt(bitmap, x, y));
  });
  return reference;
}

function showReference(studio, box, sheet, { picture, colors }) {
  const scale = Math.min(1, 640 / Math.max(picture.width, picture.height));
  sheet.width = Math.max(1, Math.round(picture.width * scale));
  sheet.height = Math.max(1, Math.round(picture.height * scale));
  const context = sheet.getContext("2d");
  context.drawImage(levelFor(picture.bitmap, scale), 0, 0, sheet.width, sheet.height);
  box.querySelector(".swatches").replaceChildren(
    ...colors.map((color) => studio.palette.swatch(color, color)));
}

// Each press deals the colors another way; what the user painted stays.
async function dealOut(studio, reference) {
  const { base, reference: { colors, parts } } = studio.doc;
  if (!base) throw new UserError(say("Open or draw a line-art first."));
  const own = ownHints(studio.doc);
  const reply = await ask("deal_colors", {
    picture: await smallCopy(artworkOf(own), base.width, base.height),
    canvas: hintsAsJson(own), colors, parts, seed: reference.deal,
  });
  reference.deal += 1;
  const dealt = scaledHints(reply, base).map((hint) => ({ ...hint, dealt: true }));
  if (base !== studio.doc.base) return; // replaced meanwhile
  const doc = ownHints(studio.doc);
  studio.editor.commit(
    { ...doc, hints: [...doc.hints, ...dealt] }, say("Colors of the reference dealt out"));
}
