// The area that a dab would fill, outlined under the pointer before anything is painted. Python
// finds the areas of a line-art once, when the pointer first rests on it.

const AREA_COLOR = [91, 65, 209];
const [AREA_TINT, AREA_EDGE] = [18, 150]; // of 255

function createAreas(studio) {
  const known = new WeakMap(); // by line-art: its areas, or null while Python looks for them
  const areas = {
    on: true,
    choose(on) {
      areas.on = on;
      studio.find("[data-act=areas]").setAttribute("aria-pressed", String(on));
      studio.redraw();
    },
    // A picture, as large as the areas, of the one below an image point; null if there is none.
    outlineAt(point) {
      const { doc } = studio;
      const can = areas.on && studio.model.ready && hasLineArt(doc) && !studio.connection.lost;
      if (!can || !insidePicture(point, doc.base)) return null;
      const key = doc.ink.length ? doc.ink : doc.base;
      if (!known.has(key)) look(studio, known, key);
      const found = known.get(key);
      return found && outlineOf(found, point, doc.base);
    },
  };
  return areas;
}

async function look(studio, known, key) {
  known.set(key, null);
  try {
    const reply = await ask("areas", await canvasValue(studio, studio.doc));
    if (reply) known.set(key, labelsOf(await pixelsOf(reply.map)));
    studio.redraw();
  } catch (error) {
    // what is wrong with the picture, coloring says too
    if (!(error instanceof Unreachable)) return;
    known.delete(key);
    studio.fail(error);
  }
}

async function pixelsOf(url) {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// { width, height, labels: each pixel's area, outlines: those already drawn }
function labelsOf({ width, height, data }) {
  const labels = new Uint16Array(width * height);
  for (let i = 0; i < labels.length; i++) labels[i] = data[4 * i] + 256 * data[4 * i + 1];
  return { width, height, labels, outlines: new Map() };
}

function areaAt({ labels, width, height }, point, base) {
  const column = Math.min(width - 1, Math.floor(point.x / base.width * width));
  return labels[Math.min(height - 1, Math.floor(point.y / base.height * height)) * width + column];
}

// For each pixel 0 outside of an area, 1 inside, 2 where it ends.
function areaMask({ labels, width, height }, area) {
  const mask = new Uint8Array(width * height);
  const outside = (i) => labels[i] !== area;
  for (let i = 0; i < mask.length; i++) {
    if (outside(i)) continue;
    const x = i % width;
    const ends = (x > 0 && outside(i - 1)) || (x < width - 1 && outside(i + 1))
      || (i >= width && outside(i - width)) || (i + width < mask.length && outside(i + width));
    mask[i] = ends ? 2 : 1;
  }
  return mask;
}

function outlineOf(found, point, base) {
  const area = areaAt(found, point, base);
  if (!found.outlines.has(area)) {
    if (found.outlines.size > 100) found.outlines.clear(); // a megabyte each
    const image = new ImageData(found.width, found.height);
    areaMask(found, area).forEach((kind, i) => {
      image.data.set([...AREA_COLOR, [0, AREA_TINT, AREA_EDGE][kind]], 4 * i);
    });
    const sheet = new OffscreenCanvas(found.width, found.height);
    sheet.getContext("2d").putImageData(image, 0, 0);
    found.outlines.set(area, sheet);
  }
  return found.outlines.get(area);
}

// Where a dab would go: under the pointer, or under the keyboard's cross; null on a dot.
function drawArea(studio, context, view, doc) {
  const { scene, tools } = studio;
  const point = scene.hover ?? (document.activeElement === studio.surface ? scene.cross : null);
  if (!point || tools.now !== "brush" || scene.activeDot >= 0) return;
  if (!scene.preview && hintAt(doc.hints, point, 3 / view.scale) >= 0) return;
  const outline = studio.areas.outlineAt(point);
  if (!outline) return;
  context.imageSmoothingEnabled = true;
  const { width, height } = doc.base;
  context.drawImage(outline, view.x, view.y, width * view.scale, height * view.scale);
}
