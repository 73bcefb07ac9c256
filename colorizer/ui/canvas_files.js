// Pictures and hints, in and out. A picture is decoded before anything is replaced, so that a bad
// file leaves the canvas as it was.

const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"];
const NEW_SIZE = 1024;

class UserError extends Error {}

function millions(count) {
  return (count / 1e6).toFixed(1);
}

// Returns { bitmap, width, height, name, file, remote }; rejects with a UserError.
async function decodePicture(blob, name, limits) {
  if (blob.size > limits.bytes) {
    throw new UserError(
      `${name} has ${millions(blob.size)} MB; the limit is ${limits.bytes / 1e6} MB.`);
  }
  const bitmap = PICTURE_TYPES.includes(blob.type)
    && await createImageBitmap(blob).catch(() => null);
  if (!bitmap) throw new UserError(`Cannot read ${name}: use PNG, JPEG or WebP.`);
  const { width, height } = bitmap;
  if (width * height > limits.pixels) {
    throw new UserError(`${name} has ${width}x${height} = ${millions(width * height)} `
      + `megapixels; the limit is ${limits.pixels / 1e6} megapixels.`);
  }
  return { bitmap, width, height, name, file: blob, remote: null };
}

function blankPicture() {
  const bitmap = new OffscreenCanvas(NEW_SIZE, NEW_SIZE);
  const context = bitmap.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, NEW_SIZE, NEW_SIZE);
  return {
    bitmap, width: NEW_SIZE, height: NEW_SIZE, name: "drawing.png", file: null, remote: null,
  };
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
    if (!doc.ink.length) {
      doc.base.remote ??= await sendFile(doc.base);
      return doc.base.remote;
    }
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

// Loads what Python sent (an example); its hints are scaled if the picture's size differs.
async function fetchDocument(value, limits) {
  const name = value.image.orig_name || "line-art.png";
  const response = await fetch(value.image.url);
  if (!response.ok) throw new UserError(`Cannot load ${name}: the server says ${response.status}.`);
  const base = await decodePicture(await response.blob(), name, limits);
  base.remote = asFileData(value.image, name);
  const sx = base.width / (value.width || base.width);
  const sy = base.height / (value.height || base.height);
  const hints = value.hints.map(({ x, y, r, color }) => (
    { x: x * sx, y: y * sy, r: r * Math.min(sx, sy), color }
  ));
  return { base, ink: [], hints };
}

function fileFrom(transfer) {
  return [...(transfer?.files ?? [])][0] ?? null;
}

function isJson(file) {
  return file.type === "application/json" || file.name.toLowerCase().endsWith(".json");
}
