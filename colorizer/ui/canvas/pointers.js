// Mouse, pen and fingers on the drawing surface: they start, move and end gestures, pan and zoom.
// Screen points are CSS pixels from the surface's corner.

const BUTTON_TOOLS = { 1: "pan", 2: "erase" }; // the middle and the right button

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
    studio.editor.settle();
    touch.pinch = pinchFrame(touch.pointers);
  } else if (touch.pointers.size === 1 && event.button <= 2) {
    const tool = BUTTON_TOOLS[event.button] ?? studio.tools.now;
    touch.gesture = startGesture(studio, tool, view.toImage(screen), screen);
  }
  studio.redraw();
}

function move(studio, touch, event) {
  const { surface, view } = studio;
  const screen = screenPoint(surface, event);
  studio.scene.hover = event.pointerType === "touch" ? null : view.toImage(screen);
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
  studio.editor.settle();
  showFacts(studio);
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
  surface.addEventListener("pointerleave", () => {
    studio.scene.hover = null;
    studio.redraw();
  });
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  surface.addEventListener("dblclick", (event) => {
    const brush = studio.tools.now === "brush" && studio.doc.base;
    if (brush) chooseDot(studio, view.toImage(screenPoint(surface, event)));
  });
  surface.addEventListener("wheel", (event) => {
    if (!studio.doc.base) return;
    event.preventDefault();
    view.zoomAt(screenPoint(surface, event), Math.exp(-event.deltaY * 0.0015));
    showFacts(studio);
  }, { passive: false });
}
