// The last result of each drawing: what is shown, saved and downloaded is that of the drawing on
// the canvas. A picture and the line-arts made of it are one drawing.

const SHADOWS = ["none", "left", "above", "right"];
const SLOW_RUN = 2; // seconds: recoloring on every stroke switches itself off above this

function drawingOf({ base }) {
  return base?.original ?? base;
}

function createResults(studio) {
  const known = new WeakMap();
  const results = {
    current: null, // { value, doc, artwork, blob, picture }; the result view adds the last
    add(value, doc, blob) {
      known.set(drawingOf(doc), { value, doc, artwork: smallArtwork(doc), blob, picture: null });
      results.follow();
    },
    // After a change of the document.
    follow() {
      const entry = known.get(drawingOf(studio.doc)) ?? null;
      if (entry === results.current) return;
      results.current = entry;
      tell("colored", entry);
    },
  };
  hear("shown", (entry) => {
    if (entry !== results.current) return;
    studio.redraw();
    studio.keeper.keep();
    studio.reports.send();
  });
  hear("failed", studio.fail);
  return results;
}

// Where the light comes from that throws shadows: the page's own choice, beside the result.
function createShadows(studio) {
  const shadows = {
    from: "none",
    choose(from) {
      shadows.from = SHADOWS.includes(from) ? from : "none";
      tell("shadows", shadows.from);
    },
  };
  hear("shade", (from) => {
    shadows.choose(from);
    studio.messages.clear();
    studio.keeper.keep();
    studio.runs.renew();
  });
  return shadows;
}

const SHOWN_SIDE = 2048; // pixels: enough of the line-art for the before/after slider

function smallArtwork(doc) {
  const { width, height } = doc.base;
  return levelFor(artworkOf(doc), Math.min(1, SHOWN_SIDE / Math.max(width, height)));
}

// Recoloring on every stroke: the user's own choice, until a drawing turns out to be slow.
function createLive(studio, wanted) {
  const box = studio.find("[data-act=live]");
  const judged = new WeakSet();
  let slow = null;
  const live = {
    wanted,
    get on() { return live.wanted && !(slow && slow === drawingOf(studio.doc)); },
    choose(on) {
      Object.assign(live, { wanted: on });
      slow = null;
      if (studio.doc.base) judged.add(drawingOf(studio.doc));
      live.show();
    },
    show() { box.checked = live.on; },
    judge(seconds, drawing) {
      if (!(seconds > SLOW_RUN) || !live.on || judged.has(drawing)) return;
      judged.add(drawing);
      slow = drawing;
      live.show();
      studio.messages.say(say("That run took {seconds} s, so recoloring on every stroke is off for "
        + "this drawing. Press Ctrl+Enter to color.", { seconds: seconds.toFixed(1) }), { calm: true });
    },
  };
  return live;
}
