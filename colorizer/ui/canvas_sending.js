// Between page and Python: runs, results, files that are opened, dropped or pasted.

const SLOW_RUN = 2; // seconds: recoloring on every stroke switches itself off above this

function addSending(studio) {
  studio.send = (event) => studio.guard(async () => {
    if (!hasLineArt(studio.doc)) throw new UserError("Open or draw a line-art first.");
    if (!studio.canRun) return;
    const { doc } = studio;
    studio.find("[data-act=colorize]").classList.remove("stale");
    const image = await studio.uploadLineArt(doc);
    if (doc !== studio.doc) return; // a newer state is on its way
    const { width, height, hints } = hintsAsJson(doc);
    props.value = { image, width, height, hints, run: false };
    trigger(event);
  });
  studio.sendIfLive = () => {
    if (!hasLineArt(studio.doc)) return;
    if (studio.live && studio.canRun) studio.send("input");
    else studio.find("[data-act=colorize]").classList.add("stale");
  };
  studio.load = (value) => studio.guard(async () => {
    if (!value?.image) return;
    const doc = await fetchDocument(value, studio.limits);
    studio.openDocument(doc, `${doc.base.name} opened`);
    if (value.run && !studio.live) studio.send("submit");
  });
  window.addEventListener("lineart:result", ({ detail }) => {
    studio.colored = { picture: detail.picture, width: detail.width, height: detail.height };
    studio.redraw();
    if (!(detail.seconds > SLOW_RUN && studio.live && !studio.slowSeen)) return;
    studio.slowSeen = true;
    studio.setLive(false);
    studio.notice(`That run took ${detail.seconds.toFixed(1)} s, so recoloring on every stroke `
      + "is now off. Press Ctrl+Enter to color.", true);
  });
  window.addEventListener("lineart:picked", ({ detail }) => studio.pick(detail));
}

function addFiles(studio) {
  const { find } = studio;
  studio.openFile = (file) => studio.guard(async () => {
    if (isJson(file)) {
      if (!studio.doc.base) throw new UserError("Open or draw a line-art first.");
      const hints = await readHints(file, studio.doc.base, server);
      studio.commit({ ...studio.doc, hints }, `${file.name} loaded`);
      return;
    }
    const base = await decodePicture(file, file.name, studio.limits);
    studio.openDocument({ base, ink: [], hints: [] }, `${file.name} opened`);
  });
  for (const input of studio.root.querySelectorAll("[data-file]")) {
    input.addEventListener("change", () => {
      if (input.files[0]) studio.openFile(input.files[0]);
      input.value = "";
    });
  }
  find(".stage").addEventListener("dragover", (event) => event.preventDefault());
  find(".stage").addEventListener("drop", (event) => {
    event.preventDefault();
    const file = fileFrom(event.dataTransfer);
    if (file) studio.openFile(file);
  });
  document.addEventListener("paste", (event) => {
    const file = fileFrom(event.clipboardData);
    if (!file || isTyping(event.target) || !studio.root.isConnected) return;
    event.preventDefault();
    studio.openFile(file);
  });
}
