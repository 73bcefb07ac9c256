// The keyboard. Letters work anywhere on the page except in text fields; arrows, Enter, Space and
// Tab only where they cannot take something away from other controls.

const TOOL_KEYS = { b: "brush", e: "erase", i: "pick", p: "pen" };
const COMMAND_KEYS = {
  "[": "smaller", "]": "larger", "+": "zoom-in", "-": "zoom-out", 0: "fit", v: "over", o: "areas",
  escape: "stop",
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const QUICK_TAP = 250; // milliseconds: a shorter press of Tab moves the focus as usual

function isTyping(target) {
  const fields = "textarea, select, [contenteditable=true], "
    + "input:not([type=range], [type=checkbox], [type=color], [type=file], [type=radio])";
  return target instanceof Element && target.matches(fields);
}

function commandFor(event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "enter") return "colorize";
    if (isTyping(event.target)) return null;
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return key === "y" ? "redo" : null;
  }
  if (event.altKey || isTyping(event.target)) return null;
  return COMMAND_KEYS[key] ?? null;
}

function listenToKeys(studio) {
  const { root, surface } = studio;

  function down(event) {
    if (!root.isConnected) return;
    const command = commandFor(event);
    if (command) {
      event.preventDefault();
      studio.act(command);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const tool = TOOL_KEYS[event.key.toLowerCase()];
    if (tool) studio.tools.choose(tool);
    if (event.key === " " && [surface, document.body].includes(event.target)) {
      event.preventDefault();
      studio.tools.hold("pan");
    }
  }

  document.addEventListener("keydown", down);
  document.addEventListener("keyup", (event) => {
    if (event.key === " ") studio.tools.hold(null);
  });
  window.addEventListener("blur", () => { studio.tools.hold(null); peek(studio, false); });
  surface.addEventListener("keydown", (event) => moveCursor(studio, event));
  listenToTab(studio);
}

// Arrow keys steer a cross over the picture; Enter applies the tool there.
function moveCursor(studio, event) {
  const { base } = studio.doc;
  if (!base || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (!arrow && !["Enter", "Delete", "Backspace"].includes(event.key)) return;
  event.preventDefault();
  studio.scene.cross ??= { x: Math.round(base.width / 2), y: Math.round(base.height / 2) };
  if (arrow) {
    const step = Math.max(1, (event.shiftKey ? 40 : 8) / studio.view.scale);
    const { x, y } = studio.scene.cross;
    studio.scene.cross = clampPoint({ x: x + arrow[0] * step, y: y + arrow[1] * step }, base);
    studio.messages.announce(describeCross(studio));
  } else {
    applyAtCross(studio, event.key === "Enter" ? studio.tools.chosen : "erase");
  }
  studio.redraw();
}

function describeCross({ scene: { cross }, doc }) {
  const index = hintAt(doc.hints, cross, 0);
  const place = `${Math.round(cross.x)}, ${Math.round(cross.y)}`;
  return index < 0 ? place
    : say("{place}, on a dot {color}", { place, color: doc.hints[index].color });
}

function applyAtCross(studio, tool) {
  const { cross } = studio.scene;
  startGesture(studio, tool, cross, studio.view.toScreen(cross))?.end();
  studio.editor.settle();
}

// On the surface, holding Tab shows the original; a tap moves on, so that nobody is trapped here.
function listenToTab(studio) {
  const { surface, root } = studio;
  let since = 0;
  surface.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    if (event.repeat) return;
    since = performance.now();
    peek(studio, true);
  });
  surface.addEventListener("keyup", (event) => {
    if (event.key !== "Tab" || event.shiftKey || !since) return;
    peek(studio, false);
    if (performance.now() - since < QUICK_TAP) focusAfter(root, surface);
    since = 0;
  });
  surface.addEventListener("blur", () => { since = 0; peek(studio, false); });
}

function focusAfter(root, element) {
  const all = [...root.querySelectorAll("button, input:not([tabindex='-1']), [tabindex='0']")];
  const after = all.slice(all.indexOf(element) + 1);
  after.find((one) => !one.disabled && one.offsetParent !== null)?.focus();
}
