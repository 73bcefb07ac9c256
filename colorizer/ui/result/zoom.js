// The result shows the part of the picture that the canvas shows, and moves it as the canvas does.

function showPart({ zoom, x, y }) {
  frame.style.setProperty("--zoom", zoom);
  frame.style.setProperty("--x", x);
  frame.style.setProperty("--y", y);
}

// Where in the picture, from 0 to 1.
function partAt({ clientX, clientY }) {
  const box = frame.getBoundingClientRect();
  return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
}

function zoomResult(event) {
  if (frame.hidden) return;
  event.preventDefault();
  tell("moved", { ...partAt(event), factor: Math.exp(-event.deltaY * 0.0015) });
}

// With the pan tool, or the middle button, the pointer takes the picture along.
function startPan(event) {
  if (event.button !== 1 && !view.classList.contains("panning")) return;
  event.preventDefault();
  frame.setPointerCapture(event.pointerId);
  let { clientX, clientY } = event;
  const move = (next) => {
    const { width, height } = frame.getBoundingClientRect();
    tell("moved", { dx: (next.clientX - clientX) / width, dy: (next.clientY - clientY) / height });
    ({ clientX, clientY } = next);
  };
  frame.addEventListener("pointermove", move);
  frame.addEventListener("lostpointercapture", () => {
    frame.removeEventListener("pointermove", move);
  }, { once: true });
}
