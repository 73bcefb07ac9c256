// Puts the studio together: its parts are objects that know each other through it. Gradio runs
// this once for the component and gives it element, props and watch.

// Where the result is out of sight while one dabs, as page.css and low.css have it.
const ONE_COLUMN = "(max-width: 639px), (max-width: 899px) and (min-height: 651px)";

function createStudio(root) {
  const find = (selector) => root.querySelector(selector);
  const surface = find(".surface");
  const history = createHistory(emptyDocument());
  const studio = {
    root, find, surface, history,
    limits: { pixels: Number(root.dataset.maxPixels), bytes: Number(root.dataset.maxBytes) },
    // what is seen on the way: a gesture's preview, the pointer, the keyboard's cross
    scene: { preview: null, penStroke: null, activeDot: -1, chosen: null, recolored: null,
      hover: null, cross: null, peeking: false, overColors: false },
    model: { ready: false },
    get doc() { return history.doc; },
    guard: (work) => Promise.resolve().then(work).catch(studio.fail),
    fail(error) {
      if (error instanceof Unreachable) studio.connection.lose();
      else studio.messages.fail(error);
    },
    settings: () => settingsOf(studio),
    applySettings: (settings) => applySettings(studio, settings),
    revive: (revived) => showRevived(studio, revived),
  };
  studio.view = createView(surface, (context, view) => paintScene(studio, context, view));
  studio.redraw = studio.view.redraw;
  studio.messages = createMessages(root);
  studio.palette = createPalette(root, (color) => recolorChosen(studio, color));
  studio.uploads = createUploads();
  studio.tools = createTools(studio);
  studio.live = createLive(studio, root.dataset.live === "true");
  studio.connection = createConnection(find(".offline"), () => comeBack(studio));
  studio.runs = createRuns(studio);
  studio.results = createResults(studio);
  studio.shadows = createShadows(studio);
  studio.keeper = createKeeper(studio);
  studio.reports = createReports(studio, Boolean(props.value?.given));
  studio.editor = createEditor(studio);
  studio.kinds = createKinds(studio);
  studio.areas = createAreas(studio);
  studio.reference = createReference(studio);
  studio.opening = createOpening(studio);
  return studio;
}

function settingsOf({ palette, tools, live, scene, areas, shadows }) {
  return {
    color: palette.color, recent: palette.recent, radius: tools.radius, penWidth: tools.penWidth,
    live: live.wanted, over: scene.overColors, areas: areas.on, shadows: shadows.from,
  };
}

// Settings come from a file or the database: what they lack or spoil stays as it is.
function applySettings(studio, settings) {
  const { palette, tools, live } = studio;
  if (parsedHex(String(settings.color))) palette.choose(parsedHex(settings.color));
  if (Array.isArray(settings.recent)) palette.setRecent(settings.recent.filter(parsedHex));
  for (const size of ["radius", "penWidth"]) {
    if (settings[size] > 0) tools.setSize(size, settings[size]);
  }
  if (typeof settings.live === "boolean") live.choose(settings.live);
  if (typeof settings.over === "boolean") setOver(studio, settings.over);
  if (typeof settings.areas === "boolean") studio.areas.choose(settings.areas);
  // an older drawing has none; a picture that Python opened has no settings at all
  if (Object.keys(settings).length) studio.shadows.choose(settings.shadows);
}

function showRevived(studio, { record, doc, result }) {
  studio.history.start(doc);
  if (result) studio.results.add(record.result.value, doc, result);
  if (record.result?.fresh) studio.runs.sent = doc;
  studio.applySettings(record.settings);
  studio.view.fit(doc.base);
  const time = new Date(record.time).toLocaleString(language());
  studio.editor.changed(say("{name} is back as it was", { name: doc.base.name }));
  studio.messages.say(say("{name} is back, as you left it ({time}).",
    { name: doc.base.name, time }), { calm: true });
}

// The server may be another one now: it knows no uploads, and may still be loading its model.
function comeBack(studio) {
  studio.uploads.forget();
  studio.reports.send();
  followModel(studio);
}

async function followModel(studio) {
  try {
    await ask("model", null, (state) => showModel(studio, state));
    studio.runs.resume();
  } catch (error) {
    studio.fail(error);
  }
}

function showModel(studio, model) {
  const { messages } = studio;
  const wasReady = studio.model.ready;
  studio.model = { ready: model.state === "ready" };
  tell("model", model);
  const loading = say("The model is still loading. You can open a line-art and paint already.");
  messages.stand(model.state === "missing" ? model.reason : "");
  if (model.state === "loading") messages.say(loading, { calm: true });
  else messages.take(loading);
  showFacts(studio);
  if (studio.model.ready && !wasReady) studio.runs.follow();
}

// The colored picture, if the user paints over it; the picture as it was opened while Tab is held.
function pictureFor({ scene, results }, doc) {
  if (scene.peeking && doc.base.original) return doc.base.original.bitmap;
  const colored = results.current?.picture;
  return scene.overColors && colored && !scene.peeking ? colored : artworkOf(doc);
}

function paintScene(studio, context, view) {
  const { scene, tools } = studio;
  const doc = scene.preview ?? studio.doc;
  if (!doc.base) return;
  tell("part", view.part(doc.base));
  drawPicture(context, view, pictureFor(studio, doc), doc.base);
  if (scene.penStroke) drawInk(context, view, scene.penStroke);
  if (scene.peeking) return;
  drawArea(studio, context, view, doc);
  const active = (i) => i === scene.activeDot || i === scene.chosen;
  doc.hints.forEach((dot, i) => drawDot(context, view, dot, active(i)));
  const middle = view.toImage({ x: view.width / 2, y: view.height / 2 });
  const at = tools.sizeShown ? scene.hover ?? middle : scene.hover;
  if (at && !["pan", "pick"].includes(tools.now)) {
    const reach = tools.now === "pen" ? tools.penWidth / 2 : tools.radius;
    drawCursor(context, view, at, reach, tools.now === "brush" ? studio.palette.color : "#14121e");
  }
  if (scene.cross && document.activeElement === studio.surface) {
    drawCross(context, view, scene.cross);
  }
}

function setOver(studio, on) {
  studio.scene.overColors = on;
  studio.find("[data-act=over]").setAttribute("aria-pressed", String(on));
  studio.redraw();
}

function peek(studio, on) {
  studio.scene.peeking = on;
  tell("peek", on);
  studio.redraw();
}

// The result was zoomed around, or dragged to, a part of the picture.
function moveView(studio, { x, y, factor = 1, dx = 0, dy = 0 }) {
  const { view, doc: { base } } = studio;
  if (!base) return;
  if (factor !== 1) view.zoomAt(view.toScreen({ x: x * base.width, y: y * base.height }), factor);
  else view.panBy(dx * base.width * view.scale, dy * base.height * view.scale);
  showFacts(studio);
}

function commandsOf(studio) {
  const { find, view, editor, opening, runs, reference, tools } = studio;
  const middle = () => ({ x: view.width / 2, y: view.height / 2 });
  const zoom = (factor) => { view.zoomAt(middle(), factor); showFacts(studio); };
  const needLineArt = () => {
    if (!hasLineArt(studio.doc)) throw new UserError(say("Open or draw a line-art first."));
  };
  return {
    open: () => find("[data-file=picture]").click(),
    new: opening.new,
    "save-document": () => opening.save(),
    undo: () => editor.step("undo"),
    redo: () => editor.step("redo"),
    clear: () => editor.commit({ ...studio.doc, hints: [] }, say("All hints removed")),
    "load-hints": () => find("[data-file=hints]").click(),
    "save-hints": () => saveHints(studio.doc),
    reference: () => find("[data-file=reference]").click(),
    deal: () => reference.dealOut(),
    "drop-reference": reference.drop,
    colorize: () => { needLineArt(); if (studio.model.ready) runs.send(); },
    stop: runs.stop,
    vary: () => { needLineArt(); return runs.vary(); },
    live: () => { studio.live.choose(find("[data-act=live]").checked); studio.keeper.keep(); },
    over: () => { setOver(studio, !studio.scene.overColors); studio.keeper.keep(); },
    areas: () => { studio.areas.choose(!studio.areas.on); studio.keeper.keep(); },
    smaller: () => tools.scaleSize(0.8),
    larger: () => tools.scaleSize(1.25),
    "zoom-in": () => zoom(1.25),
    "zoom-out": () => zoom(0.8),
    fit: () => { view.fit(studio.doc.base); showFacts(studio); },
  };
}

function addCommands(studio) {
  const { root } = studio;
  const commands = commandsOf(studio);
  studio.act = (name) => studio.guard(commands[name]);
  // A press with the mouse leaves the focus where it is: Space must go on to mean "pan".
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button, .check")) event.preventDefault();
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], [data-tool]");
    if (!button || button.disabled) return;
    if (button.dataset.tool) studio.tools.choose(button.dataset.tool);
    else studio.act(button.dataset.act);
  });
  hear("picked", studio.tools.pick);
  hear("moved", (move) => moveView(studio, move));
  hear("taken", ({ hints, width, height, own }) => {
    const { base } = studio.doc;
    if (!base) return;
    const points = scaledHints({ hints, width, height }, base);
    const taken = points.map((hint, i) => (i < own ? hint : { ...hint, dealt: true }));
    studio.editor.commit({ ...studio.doc, hints: taken }, say("Variation taken"), false);
    studio.runs.send();
  });
}

function listenToSurface(studio) {
  const { surface, view } = studio;
  new ResizeObserver(() => {
    resizeSurface(surface, view);
    if (view.fitted) view.fit(studio.doc.base);
    studio.redraw();
    showFacts(studio);
  }).observe(surface);
  surface.addEventListener("focus", studio.redraw);
  surface.addEventListener("blur", studio.redraw);
  listenToPointers(studio);
  listenToKeys(studio);
}

async function startStudio() {
  const studio = createStudio(element.querySelector(".studio"));
  addCommands(studio);
  listenToSurface(studio);
  translate(studio.root);
  onLanguage(() => showFacts(studio));
  studio.live.show();
  studio.areas.choose(studio.live.wanted);
  setOver(studio, matchMedia(ONE_COLUMN).matches);
  studio.tools.show();
  studio.palette.choose(studio.palette.color);
  showModel(studio, props.model);
  followModel(studio);
  const back = await studio.keeper.restore(props.value?.given).catch(console.error);
  if (!back && props.value?.image) await studio.guard(() => studio.opening.answer(props.value));
}

startStudio();
