// Pointer tools. Each gesture is an object with move(point) and end(); cancel() when a second
// finger turns it into a pinch. `studio` is the object that canvas.js puts together.

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
      studio.commit(studio.preview, `${plural(fresh.length, "dot")} painted`);
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
  const withDot = (changed) => (
    { ...studio.doc, hints: hints.map((old, i) => (i === index ? { ...old, ...changed } : old)) }
  );
  return {
    move(point) {
      moved ||= distance(point, start) * studio.view.scale > DRAG_START;
      if (!moved) return;
      const place = { x: point.x + offset.x, y: point.y + offset.y };
      studio.preview = withDot(clampPoint(place, base));
    },
    end() {
      if (moved) studio.commit(studio.preview, "Dot moved");
      else if (dot.color !== studio.color) {
        studio.commit(withDot({ color: studio.color }), "Dot recolored");
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
      if (doc !== studio.doc) studio.commit(doc, "Erased");
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
      studio.commit({ ...studio.doc, ink: [...studio.doc.ink, stroke] }, "Line drawn");
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

function screenPoint(surface, event) {
  const box = surface.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function pinchFrame(pointers) {
  const [a, b] = [...pointers.values()];
  return { center: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, spread: distance(a, b) };
}

function press(studio, touch, event) {
  const { surface, view } = studio;
  surface.focus({ preventScroll: true });
  if (!studio.doc.base) return;
  surface.setPointerCapture(event.pointerId);
  const screen = screenPoint(surface, event);
  touch.pointers.set(event.pointerId, screen);
  if (touch.pointers.size === 2) {
    touch.gesture = null;
    studio.settle();
    touch.pinch = pinchFrame(touch.pointers);
  } else if (touch.pointers.size === 1 && event.button <= 1) {
    const tool = event.button === 1 ? "pan" : studio.heldTool ?? studio.tool;
    touch.gesture = startGesture(studio, tool, view.toImage(screen), screen);
  }
  studio.redraw();
}

function move(studio, touch, event) {
  const { surface, view } = studio;
  const screen = screenPoint(surface, event);
  studio.hover = event.pointerType === "touch" ? null : view.toImage(screen);
  const pressed = touch.pointers.has(event.pointerId);
  if (pressed) touch.pointers.set(event.pointerId, screen);
  if (touch.pinch && touch.pointers.size === 2) {
    touch.pinch = pinchTo(view, touch.pinch, pinchFrame(touch.pointers));
  } else if (touch.gesture && pressed) {
    // Coalesced events keep fast strokes round where the browser reports them.
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) {
      const at = screenPoint(surface, step);
      touch.gesture.move(touch.gesture.screen ? at : view.toImage(at));
    }
  }
  studio.redraw();
}

function pinchTo(view, before, now) {
  view.panBy(now.center.x - before.center.x, now.center.y - before.center.y);
  view.zoomAt(now.center, now.spread / Math.max(1, before.spread));
  return now;
}

function release(studio, touch, event) {
  touch.pointers.delete(event.pointerId);
  if (touch.pointers.size === 0) touch.pinch = null;
  const { gesture } = touch;
  touch.gesture = null;
  if (gesture && event.type === "pointerup") gesture.end();
  studio.settle();
  studio.showFacts();
}

function listenToPointers(studio) {
  const { surface, view } = studio;
  const touch = { pointers: new Map(), gesture: null, pinch: null };
  const handlers = {
    pointerdown: press, pointermove: move, pointerup: release, pointercancel: release,
  };
  for (const [name, handle] of Object.entries(handlers)) {
    surface.addEventListener(name, (event) => handle(studio, touch, event));
  }
  surface.addEventListener("pointerleave", () => { studio.hover = null; studio.redraw(); });
  surface.addEventListener("wheel", (event) => {
    if (!studio.doc.base) return;
    event.preventDefault();
    view.zoomAt(screenPoint(surface, event), Math.exp(-event.deltaY * 0.0015));
    studio.showFacts();
  }, { passive: false });
}
