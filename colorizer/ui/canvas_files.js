// Pictures and hints, in and out. A picture is decoded before anything is replaced, so that a bad
// file leaves the canvas as it was.

const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"];
const NEW_SIZE = 1024;

class UserError extends Error {}

function millions(count) {
  return (count / 1e6).toFixed(1);
}

// kind: "" as it was opened, "scan" cleaned, "colors" lines of a painting; the two are made from
// `original`. remote: where the server keeps it.
function pictureOf(bitmap, name, file) {
  const { width, height } = bitmap;
  return { bitmap, width, height, name, file, remote: null, kind: "", original: null };
}

// Returns a picture; rejects with a UserError.
async function decodePicture(blob, name, limits) {
  if (blob.size > limits.bytes) {
    const values = { name, size: millions(blob.size), limit: limits.bytes / 1e6 };
    throw new UserError(say("{name} has {size} MB; the limit is {limit} MB.", values));
  }
  const bitmap = PICTURE_TYPES.includes(blob.type)
    && await createImageBitmap(blob).catch(() => null);
  if (!bitmap) throw new UserError(say("Cannot read {name}: use PNG, JPEG or WebP.", { name }));
  const { width, height } = bitmap;
  if (width * height > limits.pixels) {
    const size = `${width}x${height} = ${millions(width * height)}`;
    const text = "{name} has {size} megapixels; the limit is {limit} megapixels.";
    throw new UserError(say(text, { name, size, limit: limits.pixels / 1e6 }));
  }
  return pictureOf(bitmap, name, blob);
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

function asFileData({ path, url }, name) {
  return { path, url, orig_name: name, meta: { _type: "gradio.FileData" } };
}

// Sends pictures to the server, each state of the line-art once.
function createUploader(upload) {
  const drawn = new WeakMap();
  async function sendDrawn(doc) {
    const sheet = artworkOf(doc);
    const blob = await sheet.convertToBlob({ type: "image/png" });
    const name = doc.base.name.replace(/[.][^.]*$/, "") + ".png";
    return asFileData(await upload(new File([blob], name, { type: "image/png" })), name);
  }
  async function sendFile(base) {
    const file = new File([base.file], base.name, { type: base.file.type });
    return asFileData(await upload(file), base.name);
  }
  return async (doc) => {
    if (!doc.ink.length) return doc.base.remote ??= await sendFile(doc.base);
    if (!drawn.has(doc.ink)) drawn.set(doc.ink, await sendDrawn(doc));
    return drawn.get(doc.ink);
  };
}

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function saveHints(doc) {
  const text = JSON.stringify(hintsAsJson(doc), null, 2);
  const stem = doc.base.name.replace(/[.][^.]*$/, "");
  saveAs(new Blob([text], { type: "application/json" }), `${stem}-hints.json`);
}

// The server checks the file with the same code as the command line does.
async function readHints(file, base, server) {
  const reply = await server.read_hints(
    { text: await file.text(), name: file.name, width: base.width, height: base.height });
  if (reply.error) throw new UserError(reply.error);
  return reply.hints;
}

// Loads a picture that Python sent.
async function fetchPicture(image, limits) {
  const name = image.orig_name || "line-art.png";
  const response = await fetch(image.url);
  if (!response.ok) {
    const values = { name, status: response.status };
    throw new UserError(say("Cannot load {name}: the server says {status}.", values));
  }
  const picture = await decodePicture(await response.blob(), name, limits);
  picture.remote = asFileData(image, name);
  return picture;
}

// A copy with at most so many pixels, as a data URL, and its size: enough to judge colors and
// regions by.
async function smallCopy(picture, width, height, pixels = 300_000) {
  const scale = Math.min(1, Math.sqrt(pixels / (width * height)));
  const size = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const sheet = new OffscreenCanvas(...size);
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, ...size);
  context.imageSmoothingQuality = "high";
  context.drawImage(levelFor(picture, scale), 0, 0, ...size);
  const reader = new FileReader();
  reader.readAsDataURL(await sheet.convertToBlob({ type: "image/png" }));
  await new Promise((done) => { reader.onload = done; });
  return reader.result;
}

function fileFrom(transfer) {
  return [...(transfer?.files ?? [])][0] ?? null;
}

function isJson(file) {
  return file.type === "application/json" || file.name.toLowerCase().endsWith(".json");
}
