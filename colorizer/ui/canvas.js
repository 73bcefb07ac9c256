// Puts the studio together: buttons, drawing, sending. Gradio runs this once for the component
// and gives it element, trigger, props, server, upload and watch.

function createStudio(root) {
  const find = (selector) => root.querySelector(selector);
  const limits = { pixels: Number(root.dataset.maxPixels), bytes: Number(root.dataset.maxBytes) };
  const surface = find(".surface");
  const history = createHistory(emptyDocument());
  const studio = {
    root, find, limits, surface, history,
    tool: "brush", heldTool: null, radius: 8, penWidth: 4, live: root.dataset.live === "true",
    slowSeen: false, canRun: false, standing: "", sent: null, ready: false,
    preview: null, penStroke: null, activeDot: -1, hover: null, cross: null, peeking: false, colored: null, overColors: false,
    get doc() { return history.doc; },
    get color() { return studio.palette.color; },
  };
  studio.view = createView(surface, (context, view) => paintScene(studio, context, view));
  studio.redraw = studio.view.redraw;
  studio.palette = createPalette(root, () => studio.redraw());
  studio.uploadLineArt = createUploader(upload);
  return studio;
}

// The colored picture, if the user paints over it and it belongs to this drawing; the picture as
// it was opened while Tab is held.
function pictureFor({ colored, overColors, peeking }, doc) {
  if (peeking && doc.base.original) return doc.base.original.bitmap;
  const fits = colored?.width === doc.base.width && colored.height === doc.base.height;
  return overColors && fits && !peeking ? colored.picture : artworkOf(doc);
}

function paintScene(studio, context, view) {
  const doc = studio.preview ?? studio.doc;
  if (!doc.base) return;
  drawPicture(context, view, pictureFor(studio, doc), doc.base);
  if (studio.penStroke) drawInk(context, view, studio.penStroke);
  if (studio.peeking) return;
  doc.hints.forEach((dot, i) => drawDot(context, view, dot, i === studio.activeDot));
  const tool = studio.heldTool ?? studio.tool;
  if (studio.hover && !["pan", "pick"].includes(tool)) {
    const reach = tool === "pen" ? studio.penWidth / 2 : studio.radius;
    drawCursor(context, view, studio.hover, reach, tool === "brush" ? studio.color : "#14121e");
  }
  if (studio.cross && document.activeElement === studio.surface) {
    drawCross(context, view, studio.cross);
  }
}

function commandsOf(studio) {
  const { find, view } = studio;
  const middle = () => ({ x: view.width / 2, y: view.height / 2 });
  const zoom = (factor) => { view.zoomAt(middle(), factor); studio.showFacts(); };
  return {
    open: () => find("[data-file=picture]").click(),
    new: () => {
      const { reference } = studio.doc;
      studio.openDocument({ base: blankPicture(), ink: [], hints: [], reference },
        say("New canvas"));
      studio.setTool("pen");
    },
    undo: () => studio.step("undo"),
    redo: () => studio.step("redo"),
    clear: () => studio.commit({ ...studio.doc, hints: [] }, say("All hints removed")),
    "load-hints": () => find("[data-file=hints]").click(),
    "save-hints": () => saveHints(studio.doc),
    reference: () => find("[data-file=reference]").click(),
    deal: studio.dealReference,
    "drop-reference": studio.dropReference,
    colorize: () => studio.send("submit"),
    stop: studio.stop,
    vary: () => studio.send("vary"),
    live: () => studio.setLive(find("[data-act=live]").checked),
    over: () => studio.setOver(!studio.overColors),
    smaller: () => studio.scaleSize(0.8),
    larger: () => studio.scaleSize(1.25),
    "zoom-in": () => zoom(1.25),
    "zoom-out": () => zoom(0.8),
    fit: () => { view.fit(studio.doc.base); studio.showFacts(); },
  };
}

function addCommands(studio) {
  const { find, root } = studio;
  const commands = commandsOf(studio);
  studio.act = (name) => commands[name]();
  studio.setLive = (on) => {
    studio.live = on;
    find("[data-act=live]").checked = on;
  };
  studio.setOver = (on) => {
    studio.overColors = on;
    find("[data-act=over]").setAttribute("aria-pressed", String(on));
    studio.redraw();
  };
  // A press with the mouse leaves the focus where it is: Space must go on to mean "pan".
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button, .check")) event.preventDefault();
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], [data-tool]");
    if (!button || button.disabled) return;
    if (button.dataset.tool) studio.setTool(button.dataset.tool);
    else studio.act(button.dataset.act);
  });
}

function startStudio() {
  const studio = createStudio(element.querySelector(".studio"));
  for (const add of [addMessages, addFacts, addEditing, addTools, addSending, addLines,
    addReference, addFiles, addCommands, listenToPointers, listenToKeys]) add(studio, server);
  translate(studio.root);
  studio.setLive(studio.live);
  studio.ready = true;
  new ResizeObserver(() => {
    resizeSurface(studio.surface, studio.view);
    if (studio.view.fitted) studio.view.fit(studio.doc.base);
    studio.redraw();
    studio.showFacts();
  }).observe(studio.surface);
  studio.surface.addEventListener("focus", studio.redraw);
  studio.surface.addEventListener("blur", studio.redraw);
  studio.showTool();
  studio.showModel(props.model);
  watch("model", () => studio.showModel(props.model));
  watch("value", () => studio.load(props.value));
  studio.load(props.value);
}

startStudio();
