// Pictures and hints, in and out. A picture is decoded before anything is replaced, so that a bad
// file leaves the canvas as it was.

const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"];
const NEW_SIZE = 1024;

function millions(count) {
  return (count / 1e6).toFixed(1);
}

// kind: "" as it was opened, "scan" cleaned, "colors" lines of a painting; the two are made from
// `original`. remote: where the server keeps it.
function pictureOf(bitmap, name, file) {
  const { width, height } = bitmap;
  return { bitmap, width, height, name, file, remote: null, kind: "", original: null };
}

// A picture that is over a limit; `shrunk()` makes one that is not.
class TooLarge extends UserError {
  constructor(message, shrunk) {
    super(message);
    this.shrunk = shrunk;
  }
}

// Returns a picture; rejects with a UserError.
async function decodePicture(blob, name, limits) {
  const bitmap = PICTURE_TYPES.includes(blob.type)
    && await createImageBitmap(blob).catch(() => null);
  const excess = excessOf(blob, bitmap, name, limits);
  if (excess && bitmap) throw new TooLarge(excess, () => shrink(bitmap, name, limits));
  if (excess) throw new UserError(excess);
  if (!bitmap) throw new UserError(say("Cannot read {name}: use PNG, JPEG or WebP.", { name }));
  return pictureOf(bitmap, name, blob);
}

// What is too large about a picture, as a sentence; "" if nothing is.
function excessOf(blob, bitmap, name, limits) {
  if (blob.size > limits.bytes) {
    const values = { name, size: millions(blob.size), limit: limits.bytes / 1e6 };
    return say("{name} has {size} MB; the limit is {limit} MB.", values);
  }
  if (!bitmap || bitmap.width * bitmap.height <= limits.pixels) return "";
  const size = `${bitmap.width}x${bitmap.height} = ${millions(bitmap.width * bitmap.height)}`;
  const text = "{name} has {size} megapixels; the limit is {limit} megapixels.";
  return say(text, { name, size, limit: limits.pixels / 1e6 });
}

// The largest copy within both limits, near enough.
async function shrink(bitmap, name, limits) {
  let scale = Math.min(1, Math.sqrt(limits.pixels / (bitmap.width * bitmap.height)));
  for (;;) {
    const sheet = copyOf(bitmap, scale);
    const file = await sheet.convertToBlob({ type: "image/png" });
    if (file.size <= limits.bytes) return pictureOf(sheet, `${stemOf({ name })}.png`, file);
    scale *= 0.9 * Math.sqrt(limits.bytes / file.size);
  }
}

// A copy on white, `scale` times as large.
function copyOf(picture, scale) {
  const size = [picture.width, picture.height].map((n) => Math.max(1, Math.floor(n * scale)));
  const sheet = new OffscreenCanvas(...size);
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, ...size);
  context.imageSmoothingQuality = "high";
  context.drawImage(levelFor(picture, scale), 0, 0, ...size);
  return sheet;
}

function blankPicture() {
  const bitmap = new OffscreenCanvas(NEW_SIZE, NEW_SIZE);
  const context = bitmap.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, NEW_SIZE, NEW_SIZE);
  return pictureOf(bitmap, "drawing.png", null);
}

function hasLineArt(doc) {
  return Boolean(doc.base) && (Boolean(doc.base.file) || doc.ink.length > 0);
}

// Sends pictures to the server, each state of the line-art once; `forget` after the connection
// was lost, as another server may be there now.
function createUploads() {
  let sent = new WeakMap();
  async function sendDrawn(doc) {
    const blob = await artworkOf(doc).convertToBlob({ type: "image/png" });
    return sendFile(blob, `${stemOf(doc.base)}.png`);
  }
  return {
    async send(doc) {
      const key = doc.ink.length ? doc.ink : doc.base;
      if (!sent.has(key)) {
        sent.set(key, await (doc.ink.length ? sendDrawn(doc) : sendFile(doc.base.file, doc.base.name)));
      }
      return sent.get(key);
    },
    forget() { sent = new WeakMap(); },
  };
}

function stemOf({ name }) {
  return name.replace(/[.][^.]*$/, "");
}

function saveHints(doc) {
  const text = JSON.stringify(hintsAsJson(doc), null, 2);
  download(new Blob([text], { type: "application/json" }), `${stemOf(doc.base)}-hints.json`);
}

// Loads a picture that Python sent.
async function fetchPicture(image, limits) {
  return decodePicture(await loadFile(image), image.orig_name || "line-art.png", limits);
}

// A copy with at most so many pixels, as a data URL, and its size: enough to judge colors and
// regions by.
async function smallCopy(picture, width, height, pixels = 300_000) {
  const sheet = copyOf(picture, Math.min(1, Math.sqrt(pixels / (width * height))));
  const reader = new FileReader();
  reader.readAsDataURL(await sheet.convertToBlob({ type: "image/png" }));
  await new Promise((done) => { reader.onload = done; });
  return reader.result;
}

function fileFrom(transfer) {
  return [...(transfer?.files ?? [])][0] ?? null;
}
