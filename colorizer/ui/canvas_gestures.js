// What a press with each tool starts: an object with move(point) and end(). A second finger drops
// it for a pinch. Points are image pixels; `studio` is the object that canvas.js puts together.

const DRAG_START = 4; // CSS pixels before a press on a dot becomes a drag

function paintGesture(studio, start) {
  const { color, radius } = studio;
  let fresh = extendStroke([], start, radius, color);
  const show = () => {
    studio.preview = { ...studio.doc, hints: paintOver(studio.doc.hints, fresh) };
  };
  show();
  return {
    move(point) {
      const inside = insidePicture(point, studio.doc.base);
      if (inside) fresh = extendStroke(fresh, point, radius, color);
      show();
    },
    end() {
      studio.palette.remember(color);
      studio.commit(studio.preview, count(fresh.length, "1 dot painted", "{n} dots painted"));
    },
  };
}

// A press on a dot: dragging moves it, a click gives it the brush color.
function dotGesture(studio, start, index) {
  const { hints, base } = studio.doc;
  const dot = hints[index];
  const offset = { x: dot.x - start.x, y: dot.y - start.y };
  let moved = false;
  studio.activeDot = index;
  // a dot that the page dealt out is the user's own once it was touched
  const withDot = (changed) => ({
    ...studio.doc,
    hints: hints.map((old, i) => (i === index ? { ...old, dealt: false, ...changed } : old)),
  });
  return {
    move(point) {
      moved ||= distance(point, start) * studio.view.scale > DRAG_START;
      if (!moved) return;
      const place = { x: point.x + offset.x, y: point.y + offset.y };
      studio.preview = withDot(clampPoint(place, base));
    },
    end() {
      if (moved) studio.commit(studio.preview, say("Dot moved"));
      else if (dot.color !== studio.color) {
        studio.commit(withDot({ color: studio.color }), say("Dot recolored"));
      }
    },
  };
}

function eraseGesture(studio, start) {
  let doc = eraseAt(studio.doc, start, studio.radius);
  studio.preview = doc;
  return {
    move(point) {
      doc = eraseAt(doc, point, studio.radius);
      studio.preview = doc;
    },
    end() {
      if (doc !== studio.doc) studio.commit(doc, say("Erased"));
    },
  };
}

function penGesture(studio, start) {
  const stroke = { points: [start], width: studio.penWidth };
  studio.penStroke = stroke;
  return {
    move(point) {
      const last = stroke.points[stroke.points.length - 1];
      if (distance(last, point) * studio.view.scale >= 1.5) stroke.points.push(point);
    },
    end() {
      studio.commit({ ...studio.doc, ink: [...studio.doc.ink, stroke] }, say("Line drawn"));
    },
  };
}

function panGesture(studio, startScreen) {
  let last = startScreen;
  return {
    screen: true,
    move(point) {
      studio.view.panBy(point.x - last.x, point.y - last.y);
      last = point;
    },
    end() {},
  };
}

function pickAt(studio, point) {
  const { doc } = studio;
  const index = hintAt(doc.hints, point, 3 / studio.view.scale);
  const color = index >= 0 ? doc.hints[index].color : colorAt(artworkOf(doc), point.x, point.y);
  studio.pick(color);
}

// The gesture that a press with the current tool starts; null if the tool acts at once.
function startGesture(studio, tool, point, screen) {
  if (tool === "pan") return panGesture(studio, screen);
  if (!insidePicture(point, studio.doc.base)) return null;
  if (tool === "erase") return eraseGesture(studio, point);
  if (tool === "pen") return penGesture(studio, point);
  if (tool === "pick") {
    pickAt(studio, point);
    return null;
  }
  const index = hintAt(studio.doc.hints, point, 3 / studio.view.scale);
  return index >= 0 ? dotGesture(studio, point, index) : paintGesture(studio, point);
}
