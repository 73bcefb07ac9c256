// Between page and Python: runs and their end, results, files that are opened, dropped or pasted.

const SLOW_RUN = 2; // seconds: recoloring on every stroke switches itself off above this

// What Gradio does with "always_last", mirrored: one run flies, and the newest of those that were
// asked for meanwhile follows it. Turns up to `stopped` are not waited for any more.
function createRuns() {
  return {
    turn: 0, stopped: 0, flying: 0, queued: 0, varying: 0,
    get busy() { return Math.max(this.flying, this.queued, this.varying) > this.stopped; },
    ask(turn) {
      if (this.flying) this.queued = turn;
      else this.flying = turn;
    },
    end() {
      [this.flying, this.queued] = [this.queued, 0];
    },
    stop() { this.stopped = this.turn; },
  };
}

function addRuns(studio) {
  const runs = createRuns();
  addStop(studio, runs);
  studio.nextTurn = () => { runs.turn += 1; return runs.turn; };
  studio.lastValue = () => (
    props.value ?? { image: null, width: null, height: null, hints: [], run: false });
  studio.showRuns = () => {
    studio.find("[data-act=stop]").disabled = !runs.busy;
    const canVary = studio.canRun && hasLineArt(studio.doc) && runs.varying <= runs.stopped;
    studio.find("[data-act=vary]").disabled = !canVary;
    tell("running", runs.busy);
  };
  studio.ask = (event, value) => {
    if (event === "vary") runs.varying = value.turn;
    else runs.ask(value.turn);
    // a new stroke does not wait for variations of what was before it
    if (event === "input" && runs.varying > runs.stopped) {
      runs.stopped = runs.varying;
      props.value = { ...value, stopped: runs.stopped };
      trigger("stop");
    }
    props.value = { ...value, stopped: runs.stopped };
    trigger(event);
    studio.showRuns();
  };
  hear("ended", (what) => {
    if (what === "color") runs.end();
    if (what === "vary") runs.varying = 0;
    studio.showRuns();
  });
}

function addStop(studio, runs) {
  studio.stop = () => {
    if (!runs.busy) return;
    runs.stop();
    studio.sent = null;
    props.value = { ...studio.lastValue(), stopped: runs.stopped };
    trigger("stop");
    studio.markStale();
    studio.showRuns();
    studio.announce(say("Stopped"));
  };
}

function addSending(studio) {
  addRuns(studio);
  studio.markStale = () => studio.find("[data-act=colorize]").classList.add("stale");
  // Uploads the drawing and asks Python; a state that was overtaken while it went up is dropped.
  studio.send = (event) => studio.guard(async () => {
    if (!hasLineArt(studio.doc)) throw new UserError(say("Open or draw a line-art first."));
    if (!studio.canRun) return;
    const { doc } = studio;
    if (event !== "vary") {
      studio.sent = doc;
      studio.find("[data-act=colorize]").classList.remove("stale");
    }
    const turn = studio.nextTurn();
    const image = await studio.uploadLineArt(doc);
    if (doc !== studio.doc && !sameWork(doc, studio.doc)) return;
    const sorted = ownHintsFirst(doc);
    const value = { image, ...hintsAsJson(sorted.doc), run: false, kept: sorted.own, turn };
    studio.ask(event, value);
  });
  studio.sendIfLive = () => {
    if (!hasLineArt(studio.doc) || sameWork(studio.sent, studio.doc)) return;
    if (studio.live && studio.canRun) studio.send("input");
    else studio.markStale();
  };
  studio.load = (value) => studio.guard(async () => {
    if (!value?.image) return;
    const base = await fetchPicture(value.image, studio.limits);
    const { reference } = studio.doc;
    const doc = { base, ink: [], hints: scaledHints(value, base), reference };
    studio.openDocument(doc, say("{name} opened", { name: base.name }));
    if (value.run && !studio.live) studio.send("submit");
  });
  hearResults(studio);
}

function hearResults(studio) {
  hear("result", (detail) => {
    studio.colored = { picture: detail.picture, width: detail.width, height: detail.height };
    studio.redraw();
    if (!(detail.seconds > SLOW_RUN && studio.live && !studio.slowSeen)) return;
    studio.slowSeen = true;
    studio.setLive(false);
    studio.notice(say("That run took {seconds} s, so recoloring on every stroke is now off. "
      + "Press Ctrl+Enter to color.", { seconds: detail.seconds.toFixed(1) }), true);
  });
  hear("picked", studio.pick);
  hear("taken", ({ hints, width, height, own }) => {
    const { base } = studio.doc;
    if (!base) return;
    const points = scaledHints({ hints, width, height }, base);
    const taken = points.map((hint, i) => (i < own ? hint : { ...hint, dealt: true }));
    studio.commit({ ...studio.doc, hints: taken }, say("Variation taken"), false);
    studio.send("submit");
  });
}

function addFiles(studio) {
  studio.openHints = async (file) => {
    if (!studio.doc.base) throw new UserError(say("Open or draw a line-art first."));
    const hints = await readHints(file, studio.doc.base, server);
    studio.commit({ ...studio.doc, hints }, say("{name} opened", { name: file.name }));
  };
  studio.openPicture = async (file) => {
    const base = await decodePicture(file, file.name, studio.limits);
    const { reference } = studio.doc;
    const doc = { base, ink: [], hints: [], reference };
    studio.openDocument(doc, say("{name} opened", { name: file.name }));
    if (looksColored(base.bitmap)) {
      studio.notice(say("This picture has colors already. To color its lines, choose "
        + "“From colors” above."), true);
    }
  };
  studio.openFile = (file) => studio.guard(() => (
    isJson(file) ? studio.openHints(file) : studio.openPicture(file)));
  const openers = { picture: studio.openFile, hints: studio.openFile,
    reference: studio.openReference };
  for (const input of studio.root.querySelectorAll("[data-file]")) {
    input.addEventListener("change", () => {
      if (input.files[0]) openers[input.dataset.file](input.files[0]);
      input.value = "";
    });
  }
  takeDrops(studio.find(".stage"), studio.openFile);
  takeDrops(studio.find(".colors"), studio.openReference);
  takeDrops(studio.find(".reference"), studio.openReference);
  document.addEventListener("paste", (event) => {
    const file = fileFrom(event.clipboardData);
    if (!file || isTyping(event.target) || !studio.root.isConnected) return;
    event.preventDefault();
    studio.openFile(file);
  });
}

function takeDrops(place, open) {
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = fileFrom(event.dataTransfer);
    if (file) open(file);
  });
}
