// What is seen: the place of the picture on the screen, and its drawing. Screen units are CSS
// pixels from the surface's corner; image units are pixels of the picture.

const SCALE_LIMITS = [0.02, 32];
const ROOM = 16; // around a picture that fits

function createView(surface, paint) {
  const view = { scale: 1, x: 0, y: 0, width: 0, height: 0, fitted: true };
  const fitScale = (base) => Math.min((view.width - 2 * ROOM) / base.width,
    (view.height - 2 * ROOM) / base.height, SCALE_LIMITS[1] / 4);
  let pending = 0;
  view.redraw = () => {
    pending ||= requestAnimationFrame(() => { pending = 0; draw(surface, view, paint); });
  };
  view.toImage = (p) => ({ x: (p.x - view.x) / view.scale, y: (p.y - view.y) / view.scale });
  view.toScreen = (p) => ({ x: p.x * view.scale + view.x, y: p.y * view.scale + view.y });
  view.fit = (base) => {
    if (!base || !view.width) return;
    view.scale = fitScale(base);
    view.x = (view.width - base.width * view.scale) / 2;
    view.y = (view.height - base.height * view.scale) / 2;
    view.fitted = true;
    view.redraw();
  };
  view.zoomAt = (point, factor) => {
    const scale = Math.min(SCALE_LIMITS[1], Math.max(SCALE_LIMITS[0], view.scale * factor));
    view.x = point.x - (point.x - view.x) * scale / view.scale;
    view.y = point.y - (point.y - view.y) * scale / view.scale;
    Object.assign(view, { scale, fitted: false });
    view.redraw();
  };
  // What the result shows too: how much larger than fitted, and the part of the picture, from 0
  // to 1, that is in the middle.
  view.part = (base) => {
    const { x, y } = view.toImage({ x: view.width / 2, y: view.height / 2 });
    return view.fitted ? { zoom: 1, x: 0.5, y: 0.5 }
      : { zoom: view.scale / fitScale(base), x: x / base.width, y: y / base.height };
  };
  view.panBy = (dx, dy) => {
    Object.assign(view, { x: view.x + dx, y: view.y + dy, fitted: false });
    view.redraw();
  };
  return view;
}

function pixelRatio() {
  return window.devicePixelRatio || 1;
}

function resizeSurface(surface, view) {
  const ratio = pixelRatio();
  view.width = surface.clientWidth;
  view.height = surface.clientHeight;
  surface.width = Math.round(view.width * ratio);
  surface.height = Math.round(view.height * ratio);
}

function draw(surface, view, paint) {
  const context = surface.getContext("2d");
  const ratio = surface.width / Math.max(1, view.width);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  paint(context, view);
}

function drawPicture(context, view, picture, base) {
  const [width, height] = [base.width * view.scale, base.height * view.scale];
  context.fillStyle = "rgb(0 0 0 / 14%)";
  context.fillRect(view.x - 1, view.y - 1, width + 2, height + 3);
  context.fillStyle = "#fff";
  context.fillRect(view.x, view.y, width, height);
  context.imageSmoothingEnabled = view.scale < 4;
  context.drawImage(levelFor(picture, view.scale * pixelRatio()), view.x, view.y, width, height);
}

// Halved copies of a picture, made when they are first needed: a large line-art is drawn from one
// little larger than it appears, in a fraction of the time and without thin lines breaking up.
const levels = new WeakMap();

function levelFor(picture, scale) {
  if (!levels.has(picture)) levels.set(picture, [picture]);
  const known = levels.get(picture);
  const wanted = Math.max(0, Math.floor(-Math.log2(scale)));
  while (known.length <= wanted) known.push(halved(known[known.length - 1]));
  return known[wanted];
}

function halved(picture) {
  const width = Math.max(1, picture.width >> 1);
  const height = Math.max(1, picture.height >> 1);
  const sheet = new OffscreenCanvas(width, height);
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return sheet;
}

// A white and a dark ring keep a dot visible on paper, on ink and on its own color.
function drawDot(context, view, dot, active) {
  const center = view.toScreen(dot);
  const radius = Math.max(3.5, dot.r * view.scale);
  const ring = (extra, style) => {
    context.beginPath();
    context.arc(center.x, center.y, radius + extra, 0, 2 * Math.PI);
    context.fillStyle = style;
    context.fill();
  };
  ring(active ? 4 : 2.5, active ? "rgb(98 71 217)" : "rgb(20 18 30 / 55%)");
  ring(1.5, "#fff");
  ring(0, dot.color);
}

function traceInk(context, stroke) {
  context.lineWidth = stroke.width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = "#000";
  context.beginPath();
  const [first, ...rest] = stroke.points;
  context.moveTo(first.x, first.y);
  if (!rest.length) context.lineTo(first.x, first.y);
  rest.forEach((p, i) => {
    const next = rest[i + 1] ?? p;
    context.quadraticCurveTo(p.x, p.y, (p.x + next.x) / 2, (p.y + next.y) / 2);
  });
  context.stroke();
}

function drawInk(context, view, stroke) {
  context.save();
  context.translate(view.x, view.y);
  context.scale(view.scale, view.scale);
  traceInk(context, stroke);
  context.restore();
}

function drawCursor(context, view, point, radius, color) {
  const { x, y } = view.toScreen(point);
  const reach = Math.max(3.5, radius * view.scale);
  for (const [width, style] of [[3.5, "rgb(255 255 255 / 90%)"], [1.5, color]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, reach, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawCross(context, view, point) {
  const { x, y } = view.toScreen(point);
  for (const [width, style] of [[4, "#fff"], [1.5, "#14121e"]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(x - 14, y);
    context.lineTo(x + 14, y);
    context.moveTo(x, y - 14);
    context.lineTo(x, y + 14);
    context.stroke();
  }
}

// Only the newest composite is kept: one of a large picture takes tens of megabytes.
let inked = { ink: null, base: null, sheet: null };

// The picture with its pen lines, at image resolution; the bare picture if there are none.
function artworkOf({ base, ink }) {
  if (!ink.length) return base.bitmap;
  if (inked.ink !== ink || inked.base !== base) {
    const sheet = new OffscreenCanvas(base.width, base.height);
    const context = sheet.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, base.width, base.height);
    context.drawImage(base.bitmap, 0, 0);
    ink.forEach((stroke) => traceInk(context, stroke));
    inked = { ink, base, sheet };
  }
  return inked.sheet;
}

function colorAt(picture, x, y) {
  const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  probe.fillStyle = "#fff";
  probe.fillRect(0, 0, 1, 1);
  probe.drawImage(picture, -Math.floor(x), -Math.floor(y));
  return hexColor(probe.getImageData(0, 0, 1, 1).data);
}
