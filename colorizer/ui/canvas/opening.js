// What is opened, dropped or pasted, and what is saved: pictures, hints, whole documents.

// Files that Python opens, as browsers cannot.
const DOCUMENTS = [".lineart", ".psd", ".ora", ".kra"];

function createOpening(studio) {
  const { messages, editor } = studio;
  const opening = {
    picture: (file) => openFitting(studio, decodePicture(file, file.name, studio.limits),
      (base) => openPicture(studio, base)),
    async hints(file) {
      const { base } = studio.doc;
      if (!base) throw new UserError(say("Open or draw a line-art first."));
      const reply = await ask("read_hints", { text: await file.text(), name: file.name,
        width: base.width, height: base.height });
      editor.commit({ ...studio.doc, hints: reply.hints }, say("{name} opened", { name: file.name }));
    },
    async document(file) {
      const reply = await ask("open_document", { image: await sendFile(file, file.name) });
      studio.applySettings(reply.settings);
      await opening.answer(reply, file.name);
    },
    async example(index) {
      await opening.answer(await ask("open_example", index));
      if (!studio.live.on) studio.runs.send();
    },
    // Opens what Python sent: a picture with its hints.
    answer: (value, name = value.image.orig_name) => openFitting(studio,
      fetchPicture(value.image, studio.limits),
      (base) => openBase(studio, base, scaledHints(value, base), name)),
    file: (file) => studio.guard(() => openers(opening)[kindOf(file)](file)),
    // Asks first if something would be lost that no file holds.
    new() {
      const start = () => {
        const { reference } = studio.doc;
        editor.open({ base: blankPicture(), ink: [], hints: [], reference }, say("New canvas"));
        studio.tools.choose("pen");
      };
      if (!hasWork(studio.doc) || sameWork(opening.saved, studio.doc)) start();
      else askBeforeNew(studio, opening, start);
    },
    saved: null, // the document that a file holds
    async save() {
      const { doc } = studio;
      const value = await canvasValue(studio, doc);
      download(await loadFile(await ask("save_document", value)), `${stemOf(doc.base)}.lineart`);
      opening.saved = doc;
      messages.announce(say("Drawing saved"));
    },
  };
  listenToFiles(studio, opening);
  return opening;
}

// Opens a picture; one over a limit is offered smaller.
async function openFitting(studio, decoding, open) {
  try {
    open(await decoding);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    const smaller = async () => open(await error.shrunk());
    studio.messages.say(error.message, { calm: true, choices: [
      [say("Open it smaller"), () => studio.guard(smaller)], [say("Leave it"), () => {}],
    ] });
  }
}

// A picture that needs to be prepared is opened all the same; what it needs is offered.
function openPicture(studio, base) {
  openBase(studio, base, []);
  const found = KINDS_OFFERED[looksLike(base.bitmap)];
  if (!found) return;
  const choices = [[say(found.name), () => studio.guard(() => studio.kinds.choose(found.kind))]];
  studio.messages.say(say(found.line), { calm: true, choices });
}

function openBase(studio, base, hints, name = base.name) {
  const { reference } = studio.doc;
  studio.editor.open({ base, ink: [], hints, reference }, say("{name} opened", { name }));
  studio.opening.saved = hints.length ? studio.doc : null; // they came from a file
}

function hasWork({ ink, hints }) {
  return ink.length > 0 || hints.length > 0;
}

function askBeforeNew(studio, opening, start) {
  const line = say("This drawing is not saved as a file.");
  studio.messages.say(line, { calm: true, choices: [
    [say("Save it first"), () => studio.guard(async () => { await opening.save(); start(); })],
    [say("Start anew"), start],
    [say("Keep it"), () => {}],
  ] });
}

function kindOf({ name, type }) {
  const ending = name.toLowerCase().match(/[.][^.]*$/)?.[0];
  if (DOCUMENTS.includes(ending)) return "document";
  return ending === ".json" || type === "application/json" ? "hints" : "picture";
}

function openers({ picture, hints, document: whole }) {
  return { picture, hints, document: whole };
}

function listenToFiles(studio, opening) {
  const reference = (file) => studio.reference.open(file);
  for (const input of studio.root.querySelectorAll("[data-file]")) {
    input.addEventListener("change", () => {
      const open = input.dataset.file === "reference" ? reference : opening.file;
      if (input.files[0]) open(input.files[0]);
      input.value = "";
    });
  }
  // A drop anywhere on the page opens; one on the colors is a reference.
  const here = () => studio.root.isConnected;
  document.addEventListener("dragover", (event) => { if (here()) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const file = fileFrom(event.dataTransfer);
    if (!file || !here()) return;
    event.preventDefault();
    const onColors = event.target.closest(".studio .colors, .studio .reference");
    (onColors ? reference : opening.file)(file);
  });
  document.addEventListener("paste", (event) => {
    const file = fileFrom(event.clipboardData);
    if (!file || isTyping(event.target) || !here()) return;
    event.preventDefault();
    opening.file(file);
  });
  studio.find(".examples").addEventListener("click", (event) => {
    const card = event.target.closest("[data-example]");
    if (card) tell("example", Number(card.dataset.index));
  });
  hear("example", (index) => studio.guard(() => opening.example(index)));
}
