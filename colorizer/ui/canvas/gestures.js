// What a press with each tool starts: an object with move(point) and end(). A second finger drops
// it for a pinch. Points are image pixels; `studio` is the object that canvas.js puts together.

const DRAG_START = 4; // CSS pixels before a press on a dot becomes a drag

function paintGesture(studio, start) {
  const { palette: { color }, tools: { radius } } = studio;
  let fresh = extendStroke([], start, radius, color);
  const show = () => {
    studio.scene.preview = { ...studio.doc, hints: paintOver(studio.doc.hints, fresh) };
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
      const painted = count(fresh.length, "1 dot painted", "{n} dots painted");
      studio.editor.commit(studio.scene.preview, painted);
    },
  };
}

// The document with one dot changed; one that the page dealt out is then the user's own.
function withDot(doc, index, changed) {
  const change = (old, i) => (i === index ? { ...old, dealt: false, ...changed } : old);
  return { ...doc, hints: doc.hints.map(change) };
}

// A press on a dot: dragging moves it, a click gives it the brush color.
function dotGesture(studio, start, index) {
  const { scene, doc } = studio;
  const dot = doc.hints[index];
  const offset = { x: dot.x - start.x, y: dot.y - start.y };
  let moved = false;
  scene.activeDot = index;
  return {
    move(point) {
      moved ||= distance(point, start) * studio.view.scale > DRAG_START;
      if (!moved) return;
      const place = { x: point.x + offset.x, y: point.y + offset.y };
      scene.preview = withDot(doc, index, clampPoint(place, doc.base));
    },
    end() {
      const { color } = studio.palette;
      if (moved) studio.editor.commit(scene.preview, say("Dot moved"));
      else if (dot.color !== color) {
        studio.editor.commit(withDot(doc, index, { color }), say("Dot recolored"));
        scene.recolored = { before: doc, after: studio.doc };
      }
    },
  };
}

// A double click chooses the dot: the next color is for it. Its first click gave the dot the brush
// color, which is taken back.
function chooseDot(studio, point) {
  const { scene } = studio;
  if (scene.recolored?.after === studio.doc) studio.editor.step("undo");
  const index = hintAt(studio.doc.hints, point, 3 / studio.view.scale);
  if (index < 0) return;
  studio.palette.choose(studio.doc.hints[index].color);
  scene.chosen = index;
  studio.messages.announce(say("Dot chosen: pick its color"));
  studio.redraw();
}

function recolorChosen(studio, color) {
  const { scene, doc } = studio;
  const index = scene.chosen;
  if (index === null || !doc.hints[index] || doc.hints[index].color === color) return;
  studio.editor.commit(withDot(doc, index, { color }), say("Dot recolored"));
  scene.chosen = index;
}

function eraseGesture(studio, start) {
  let doc = eraseAt(studio.doc, start, studio.tools.radius);
  studio.scene.preview = doc;
  return {
    move(point) {
      doc = eraseAt(doc, point, studio.tools.radius);
      studio.scene.preview = doc;
    },
    end() {
      if (doc !== studio.doc) studio.editor.commit(doc, say("Erased"));
    },
  };
}

function penGesture(studio, start) {
  const stroke = { points: [start], width: studio.tools.penWidth };
  studio.scene.penStroke = stroke;
  return {
    move(point) {
      const last = stroke.points[stroke.points.length - 1];
      if (distance(last, point) * studio.view.scale >= 1.5) stroke.points.push(point);
    },
    end() {
      const { doc } = studio;
      studio.editor.commit({ ...doc, ink: [...doc.ink, stroke] }, say("Line drawn"));
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
  const seen = pictureFor(studio, doc);
  studio.tools.pick(index >= 0 ? doc.hints[index].color : colorAt(seen, point.x, point.y));
}

// The gesture that a press with the current tool starts; null if the tool acts at once.
function startGesture(studio, tool, point, screen) {
  studio.scene.chosen = null;
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
