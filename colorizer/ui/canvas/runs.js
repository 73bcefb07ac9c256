// Runs of the model. One is under way, and the newest of those asked for meanwhile follows it;
// what was overtaken is never computed. Without a connection the newest waits.

function createRuns(studio) {
  const runs = {
    turn: 0, wanted: null, flight: null, varying: null, sent: null,
    get busy() { return Boolean(runs.flight || runs.wanted || runs.varying); },
    send() {
      runs.sent = runs.wanted = studio.doc;
      studio.find("[data-act=colorize]").classList.remove("stale");
      return pump(studio, runs);
    },
    // After a change: colors at once, or marks the button.
    follow() {
      if (!hasLineArt(studio.doc) || sameWork(runs.sent, studio.doc)) return;
      if (!studio.live.on || !studio.model.ready) {
        markStale(studio);
        return;
      }
      // a new stroke does not wait for variations of what was before it
      if (runs.varying) stopTurns(runs, runs.varying.turn);
      runs.varying = null;
      runs.send();
    },
    // After a choice that is not part of the drawing: colors, whether strokes do or not.
    renew() {
      runs.sent = null;
      if (studio.model.ready && hasLineArt(studio.doc)) runs.send();
    },
    // Goes on where a lost connection left off.
    resume() { return pump(studio, runs); },
    stop() {
      if (!runs.busy) return;
      stopTurns(runs, runs.turn);
      Object.assign(runs, { wanted: null, flight: null, varying: null, sent: null });
      markStale(studio);
      showRuns(studio, runs);
      studio.messages.announce(say("Stopped"));
    },
    vary: () => vary(studio, runs),
    show: () => showRuns(studio, runs),
  };
  return runs;
}

const TAB = Math.random().toString(36).slice(2);

function markStale(studio) {
  studio.find("[data-act=colorize]").classList.add("stale");
}

function showRuns(studio, runs) {
  studio.find("[data-act=stop]").disabled = !runs.busy;
  const canVary = studio.model.ready && hasLineArt(studio.doc) && !runs.varying;
  studio.find("[data-act=vary]").disabled = !canVary;
  tell("running", runs.busy && !studio.connection.lost);
}

// What Python gets of a document: a `CanvasData`.
async function canvasValue(studio, doc, turn = 0) {
  const image = await studio.uploads.send(doc);
  const { own, doc: sorted } = ownHintsFirst(doc);
  return { image, ...hintsAsJson(sorted), kept: own, tab: TAB, turn, settings: studio.settings() };
}

async function pump(studio, runs) {
  while (runs.wanted && !runs.flight && !studio.connection.lost) {
    const flight = { doc: runs.wanted, turn: runs.turn += 1 };
    Object.assign(runs, { wanted: null, flight });
    showRuns(studio, runs);
    const landed = () => runs.flight === flight; // and was not stopped
    try {
      const value = await ask("colorize", await canvasValue(studio, flight.doc, flight.turn));
      const blob = value && await loadFile(value.image);
      if (landed() && value) {
        studio.results.add(value, flight.doc, blob);
        studio.live.judge(value.seconds, drawingOf(flight.doc));
      }
    } catch (error) {
      if (landed()) runFailed(studio, runs, flight, error);
    }
    if (landed()) runs.flight = null;
  }
  showRuns(studio, runs);
}

function runFailed(studio, runs, flight, error) {
  if (error instanceof Unreachable) {
    runs.wanted ??= flight.doc;
    studio.connection.lose();
  } else {
    runs.sent = null;
    studio.messages.fail(error);
  }
}

async function vary(studio, runs) {
  const varying = { turn: runs.turn += 1 };
  runs.varying = varying;
  showRuns(studio, runs);
  try {
    const value = await canvasValue(studio, studio.doc, varying.turn);
    await ask("vary", value, (some) => {
      if (runs.varying === varying) tell("variations", some);
    });
  } finally {
    if (runs.varying === varying) runs.varying = null;
    showRuns(studio, runs);
  }
}

function stopTurns(runs, turn) {
  ask("stop", { tab: TAB, turn }).catch(() => {}); // unreachable: then nothing runs for us
}
