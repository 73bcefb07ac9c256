// The document is all that undo restores: the picture, pen lines drawn on it, hint dots, and the
// reference picture. Hints that the page dealt out carry `dealt`, until the user touches them.
// Documents are never changed, only replaced, so a step of history is one reference.

const HISTORY_STEPS = 300;
const MOST_HINTS = 2000;

function emptyDocument() {
  return { base: null, ink: [], hints: [], reference: null };
}

function createHistory(first) {
  let past = [];
  let future = [];
  let now = first;
  return {
    get doc() { return now; },
    get canUndo() { return past.length > 0; },
    get canRedo() { return future.length > 0; },
    // Begins anew: nothing to undo.
    start(doc) {
      [past, future, now] = [[], [], doc];
    },
    commit(doc) {
      past = [...past, now].slice(-HISTORY_STEPS);
      future = [];
      now = doc;
    },
    undo() {
      if (!past.length) return false;
      future = [now, ...future];
      now = past[past.length - 1];
      past = past.slice(0, -1);
      return true;
    },
    redo() {
      if (!future.length) return false;
      past = [...past, now];
      [now, ...future] = future;
      return true;
    },
  };
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

// Index of the topmost hint under a point, or -1; slack is extra reach in image pixels.
function hintAt(hints, point, slack) {
  for (let i = hints.length - 1; i >= 0; i--) {
    if (distance(hints[i], point) <= hints[i].r + slack) return i;
  }
  return -1;
}

// A stroke becomes sparse points: one each 2.5 radii is enough for the model to follow.
function extendStroke(points, point, r, color) {
  const last = points[points.length - 1];
  if (last && distance(last, point) < 2.5 * r) return points;
  return [...points, { x: point.x, y: point.y, r, color }];
}

// New paint covers old: dots whose center lies under a new dot go.
function paintOver(hints, fresh) {
  const kept = hints.filter((old) => !fresh.some((dot) => distance(old, dot) <= dot.r));
  return [...kept, ...fresh].slice(-MOST_HINTS);
}

function segmentDistance(point, a, b) {
  const length = distance(a, b) ** 2;
  if (length === 0) return distance(point, a);
  const along = ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length;
  const t = Math.min(1, Math.max(0, along));
  return distance(point, { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
}

function touchesInk(stroke, point, r) {
  const reach = r + stroke.width / 2;
  const from = (i) => stroke.points[Math.max(0, i - 1)];
  return stroke.points.some((p, i) => segmentDistance(point, from(i), p) <= reach);
}

// The document without the dots and pen lines that an eraser of radius r touches.
function eraseAt(doc, point, r) {
  const hints = doc.hints.filter((hint) => distance(hint, point) > hint.r + r);
  const ink = doc.ink.filter((stroke) => !touchesInk(stroke, point, r));
  const same = hints.length === doc.hints.length && ink.length === doc.ink.length;
  return same ? doc : { ...doc, hints, ink: ink.length === doc.ink.length ? doc.ink : ink };
}

function defaultRadius(width, height) {
  return Math.max(4, Math.round(Math.min(width, height) / 64));
}

function clampPoint(point, base) {
  return {
    x: Math.min(base.width - 1, Math.max(0, point.x)),
    y: Math.min(base.height - 1, Math.max(0, point.y)),
  };
}

function insidePicture(point, base) {
  return point.x >= 0 && point.y >= 0 && point.x < base.width && point.y < base.height;
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}

function hintsAsJson(doc) {
  const hints = doc.hints.map(({ x, y, r, color }) => (
    { x: rounded(x), y: rounded(y), r: rounded(r), color }
  ));
  return { width: doc.base.width, height: doc.base.height, hints };
}

// The same work for the model: a reference picture makes no difference to it.
function sameWork(a, b) {
  return Boolean(a && b) && a.base === b.base && a.ink === b.ink && a.hints === b.hints;
}

function scaledHints({ hints, width, height }, base) {
  const [sx, sy] = [base.width / (width || base.width), base.height / (height || base.height)];
  return hints.map(({ x, y, r, color }) => (
    { x: x * sx, y: y * sy, r: r * Math.sqrt(sx * sy), color }
  ));
}

// The document without the hints that the page dealt out.
function ownHints(doc) {
  return { ...doc, hints: doc.hints.filter((hint) => !hint.dealt) };
}

// Those of the user first; the others lie in regions of their own, so their order is free.
function ownHintsFirst(doc) {
  const own = ownHints(doc).hints;
  const dealt = doc.hints.filter((hint) => hint.dealt);
  return { own: own.length, doc: { ...doc, hints: [...own, ...dealt] } };
}

function hexColor([r, g, b]) {
  return "#" + [r, g, b].map((v) => Math.round(v).toString(16).padStart(2, "0")).join("");
}
