// A reference picture: its palette becomes swatches and, on request, hints.

function addReference(studio, server) {
  const box = studio.find(".reference");
  const sheet = box.querySelector("canvas");
  studio.openReference = (file) => studio.guard(async () => {
    const picture = await decodePicture(file, file.name, studio.limits);
    const small = await smallCopy(picture.bitmap, picture.width, picture.height);
    const reply = await server.read_palette({ picture: small, name: file.name });
    if (reply.error) throw new UserError(reply.error);
    const reference = { picture, colors: reply.colors };
    studio.commit({ ...studio.doc, reference }, say("Reference {name}", { name: file.name }));
    if (reply.colors.length) studio.palette.choose(reply.colors[0]);
  });
  studio.dropReference = () => {
    studio.commit({ ...studio.doc, reference: null }, say("Reference removed"));
  };
  studio.showReference = () => {
    const { reference } = studio.doc;
    box.hidden = !reference;
    if (!reference || studio.shownReference === reference) return;
    studio.shownReference = reference;
    showReference(studio, box, sheet, reference);
  };
  studio.dealReference = () => studio.guard(() => dealReference(studio, server));
  sheet.addEventListener("click", (event) => {
    const { bitmap, width, height } = studio.doc.reference.picture;
    const place = sheet.getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width * width;
    const y = (event.clientY - place.top) / place.height * height;
    studio.pick(colorAt(bitmap, x, y));
  });
}

function showReference(studio, box, sheet, { picture, colors }) {
  const scale = Math.min(1, 640 / Math.max(picture.width, picture.height));
  sheet.width = Math.max(1, Math.round(picture.width * scale));
  sheet.height = Math.max(1, Math.round(picture.height * scale));
  const context = sheet.getContext("2d");
  context.drawImage(levelFor(picture.bitmap, scale), 0, 0, sheet.width, sheet.height);
  box.querySelector(".swatches").replaceChildren(
    ...colors.map((color) => studio.palette.swatch(color, color)));
  studio.deal = 0;
}

// Each press deals the colors another way; what the user painted stays.
async function dealReference(studio, server) {
  const { base, reference } = studio.doc;
  if (!base) throw new UserError(say("Open or draw a line-art first."));
  const own = ownHints(studio.doc);
  const reply = await server.deal_colors({
    picture: await smallCopy(artworkOf(own), base.width, base.height),
    canvas: hintsAsJson(own), colors: reference.colors, seed: studio.deal,
  });
  if (reply.error) throw new UserError(reply.error);
  studio.deal += 1;
  const dealt = scaledHints(reply, base).map((hint) => ({ ...hint, dealt: true }));
  if (base !== studio.doc.base) return; // replaced meanwhile
  const doc = ownHints(studio.doc);
  studio.commit(
    { ...doc, hints: [...doc.hints, ...dealt] }, say("Colors of the reference dealt out"));
}
