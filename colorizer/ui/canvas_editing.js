// Changing the document, the tools' settings, and what the page says about both.

// Messages: one line over the picture for people, one hidden line for screen readers.
function addMessages(studio) {
  const notice = studio.find(".notice");
  studio.notice = (text, calm = false) => {
    notice.hidden = !text;
    notice.classList.toggle("calm", calm);
    notice.firstElementChild.textContent = text;
  };
  studio.announce = (text) => { studio.find("p.sr").textContent = text; };
  studio.guard = async (work) => {
    try {
      await work();
    } catch (error) {
      const known = error instanceof UserError;
      const { message } = error;
      if (!known) console.error(error);
      studio.notice(known ? message : say("That failed: {message}", { message }));
    }
  };
  notice.querySelector("button").addEventListener("click", () => studio.notice(""));
}

function addFacts(studio) {
  studio.showFacts = () => {
    const { base, hints } = studio.doc;
    const act = (name) => studio.root.querySelectorAll(`[data-act=${name}]`);
    const enable = (name, on) => act(name).forEach((button) => { button.disabled = !on; });
    studio.find(".empty").hidden = Boolean(base);
    studio.find(".zoom").hidden = !base;
    studio.find(".zoom output").textContent = `${Math.round(studio.view.scale * 100)}%`;
    studio.find(".facts").textContent = base
      ? `${base.width} × ${base.height} · ${count(hints.length, "1 hint", "{n} hints")}` : "";
    enable("undo", studio.history.canUndo);
    enable("redo", studio.history.canRedo);
    enable("clear", hints.length > 0);
    enable("save-hints", hints.length > 0);
    enable("load-hints", Boolean(base));
    enable("colorize", studio.canRun);
    enable("deal", Boolean(base));
    studio.showKind();
    studio.showReference();
    studio.showRuns();
  };
  onLanguage(() => studio.ready && studio.showFacts());
  studio.showModel = (model) => {
    const wasReady = studio.canRun;
    studio.canRun = model.state === "ready";
    studio.standing = model.state === "missing" ? model.reason : "";
    const loading = say("The model is still loading. You can open a line-art and paint already.");
    if (model.state === "loading") studio.notice(loading, true);
    else studio.notice(studio.standing);
    studio.showFacts();
    if (!wasReady) studio.sendIfLive();
  };
}

function addEditing(studio) {
  const { history, view } = studio;
  studio.settle = () => {
    Object.assign(studio, { preview: null, penStroke: null, activeDot: -1 });
    studio.redraw();
  };
  studio.commit = (doc, message, send = true) => {
    history.commit(doc);
    studio.notice(studio.standing);
    studio.changed(message, send);
  };
  studio.changed = (message, send = true) => {
    studio.settle();
    studio.showFacts();
    studio.announce(`${message}. ${count(studio.doc.hints.length, "1 hint", "{n} hints")}.`);
    if (send) studio.sendIfLive();
  };
  studio.openDocument = (doc, message) => {
    const { width, height } = doc.base;
    studio.setSize("radius", defaultRadius(width, height));
    studio.setSize("penWidth", Math.max(2, Math.round(Math.min(width, height) / 200)));
    studio.cross = null;
    studio.commit(doc, message);
    view.fit(doc.base);
    studio.showFacts();
  };
  studio.step = (direction) => {
    const before = studio.doc.base;
    if (!history[direction]()) return;
    const { base } = studio.doc;
    if (base?.width !== before?.width || base?.height !== before?.height) view.fit(base);
    studio.changed(direction === "undo" ? say("Undone") : say("Redone"));
  };
}

const TOOL_NAMES = {
  brush: "Brush", erase: "Eraser", pick: "Pick a color", pen: "Line pen", pan: "Pan",
};

function addTools(studio) {
  studio.setTool = (tool) => {
    studio.tool = tool;
    studio.showTool();
    studio.announce(say(TOOL_NAMES[tool]));
  };
  studio.holdTool = (tool) => {
    if (studio.heldTool === tool) return;
    studio.heldTool = tool;
    studio.showTool();
  };
  studio.showTool = () => {
    const tool = studio.heldTool ?? studio.tool;
    studio.root.querySelectorAll("[data-tool]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    });
    studio.surface.dataset.cursor = tool;
    tell("tool", tool);
    studio.showSize();
  };
  studio.pick = (color) => {
    studio.palette.choose(color);
    studio.palette.remember(color);
    studio.setTool("brush");
    studio.announce(say("Color {color}", { color }));
  };
  studio.peek = (on) => {
    studio.peeking = on;
    tell("peek", on);
    studio.redraw();
  };
  addSizes(studio);
}

// The slider is logarithmic in effect: its square is the size, so that fine sizes have room.
function addSizes(studio) {
  const slider = studio.find(".size input");
  const which = () => (studio.tool === "pen" ? "penWidth" : "radius");
  studio.setSize = (name, pixels) => {
    studio[name] = Math.min(200, Math.max(1, Math.round(pixels)));
    studio.showSize();
    studio.redraw();
  };
  studio.showSize = () => {
    slider.value = Math.sqrt(studio[which()] / 200) * 100;
    slider.setAttribute("aria-valuetext", `${studio[which()]} px`);
    studio.find(".size output").textContent = `${studio[which()]} px`;
  };
  studio.scaleSize = (factor) => {
    const size = studio[which()];
    const change = Math.max(1, Math.abs(size * (factor - 1)));
    studio.setSize(which(), size + Math.sign(factor - 1) * change);
  };
  slider.addEventListener("input", () => {
    studio.setSize(which(), (slider.value / 100) ** 2 * 200);
  });
}
