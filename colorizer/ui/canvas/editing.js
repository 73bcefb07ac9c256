// Changing the document, and what the page says about it.

function createEditor(studio) {
  const { history, messages, view, scene } = studio;
  const editor = {
    // Drops what a gesture has begun.
    settle() {
      Object.assign(scene, { preview: null, penStroke: null, activeDot: -1 });
      studio.redraw();
    },
    commit(doc, message, send = true) {
      history.commit(doc);
      messages.clear();
      editor.changed(message, send);
    },
    changed(message, send = true) {
      scene.chosen = null;
      editor.settle();
      studio.results.follow();
      studio.live.show();
      showFacts(studio);
      const hints = count(studio.doc.hints.length, "1 hint", "{n} hints");
      messages.announce(`${message}. ${hints}.`);
      studio.keeper.keep();
      studio.reports.send();
      if (send) studio.runs.follow();
    },
    open(doc, message) {
      const { width, height } = doc.base;
      studio.tools.setSize("radius", defaultRadius(width, height));
      studio.tools.setSize("penWidth", Math.max(2, Math.round(Math.min(width, height) / 200)));
      scene.cross = null;
      editor.commit(doc, message);
      view.fit(doc.base);
      showFacts(studio);
    },
    step(direction) {
      const before = studio.doc.base;
      if (!history[direction]()) return;
      const { base } = studio.doc;
      if (base?.width !== before?.width || base?.height !== before?.height) view.fit(base);
      editor.changed(direction === "undo" ? say("Undone") : say("Redone"));
    },
  };
  return editor;
}

function showFacts(studio) {
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
  enable("save-document", hasLineArt(studio.doc));
  enable("colorize", studio.model.ready);
  enable("deal", Boolean(base));
  studio.kinds.show();
  studio.reference.show();
  studio.runs.show();
}
