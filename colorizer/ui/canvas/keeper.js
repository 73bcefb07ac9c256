// Keeps the work in the browser's own database after each change, a document for each tab, and
// brings it back: after a reload or a crash to its tab, after closing to the next tab that opens.
// Where the browser allows no database (a private frame), the page works without.

const DATABASE = "lineart";
const KEPT_DOCUMENTS = 20; // older ones are removed
const TAB_KEY = "lineart-document";
const LOCK_WAIT = 500; // milliseconds: a page that is reloaded lets go of its document that late

function openDatabase() {
  return new Promise((done, fail) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("documents", { keyPath: "id" });
      opening.result.createObjectStore("pictures");
    };
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => fail(opening.error);
  });
}

function stored(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

function written(transaction) {
  return new Promise((done, fail) => {
    transaction.oncomplete = done;
    transaction.onabort = transaction.onerror = () => fail(transaction.error);
  });
}

// Takes a document's name for as long as this page is open; false if another page has it.
async function lockDocument(id, wait = 0) {
  if (!navigator.locks) return true; // a page that is neither local nor https
  const options = wait ? { signal: AbortSignal.timeout(wait) } : { ifAvailable: true };
  return new Promise((done) => {
    navigator.locks.request(`lineart-${id}`, options, (lock) => {
      done(Boolean(lock));
      return lock && new Promise(() => {});
    }).catch(() => done(false));
  });
}

// Returns the name that this tab keeps its document under, and the record to begin with, if any.
async function claimDocument(database, given) {
  const own = sessionStorage.getItem(TAB_KEY);
  const all = await stored(database.transaction("documents").objectStore("documents").getAll());
  let record = all.find(({ id }) => id === own);
  if (own && await lockDocument(own, LOCK_WAIT)) return { id: own, record };
  for (const one of given || record ? [] : all.sort((a, b) => b.time - a.time)) {
    if (await lockDocument(one.id)) record = one;
    if (record) break;
  }
  // a tab that was duplicated goes on with a copy
  const id = own || !record ? Math.random().toString(36).slice(2) : record.id;
  if (id !== record?.id) await lockDocument(id);
  sessionStorage.setItem(TAB_KEY, id);
  return { id, record };
}

// A document as the database holds it; `pictures` gets the files by their place.
function recordOf(studio, pictures) {
  const { base, ink, hints, reference } = studio.doc;
  const flat = (place, picture) => {
    if (!picture) return null;
    pictures[place] = picture.file;
    const { name, kind, width, height } = picture;
    return { name, kind, width, height };
  };
  const { current } = studio.results;
  pictures.result = current?.blob ?? null;
  return {
    base: flat("base", base), original: flat("original", base?.original), ink, hints,
    reference: reference && { ...flat("reference", reference.picture), colors: reference.colors,
      parts: reference.parts },
    settings: studio.settings(),
    result: current?.blob ? { value: current.value, fresh: isFresh(studio, current) } : null,
  };
}

function isFresh({ doc, shadows }, { doc: colored, value }) {
  return sameWork(colored, doc) && value.shadows === shadows.from;
}

async function storeRecord(database, id, record, pictures, before) {
  const transaction = database.transaction(["documents", "pictures"], "readwrite");
  const store = transaction.objectStore("pictures");
  for (const [place, blob] of Object.entries(pictures)) {
    if (before[place] !== blob) store.put(blob, `${id}/${place}`);
  }
  transaction.objectStore("documents").put({ ...record, id, time: Date.now() });
  await written(transaction);
}

async function removeOld(database) {
  const documents = database.transaction("documents").objectStore("documents");
  const all = await stored(documents.getAll());
  const old = all.sort((a, b) => b.time - a.time).slice(KEPT_DOCUMENTS);
  const transaction = database.transaction(["documents", "pictures"], "readwrite");
  for (const { id } of old) {
    transaction.objectStore("documents").delete(id);
    transaction.objectStore("pictures").delete(IDBKeyRange.bound(`${id}/`, `${id}0`));
  }
}

// The document `id` and its result, decoded, and its record; null if a picture cannot be read any
// more. Record and pictures are read at once: another tab may be writing them.
async function revive(database, id) {
  const transaction = database.transaction(["documents", "pictures"]);
  const places = ["base", "original", "reference", "result"];
  const store = transaction.objectStore("pictures");
  const [record, ...blobs] = await Promise.all([
    stored(transaction.objectStore("documents").get(id)),
    ...places.map((place) => stored(store.get(`${id}/${place}`))),
  ]);
  const blob = Object.fromEntries(places.map((place, i) => [place, blobs[i]]));
  const picture = async (place) => {
    const flat = record[place];
    if (!flat) return null;
    if (!blob[place]) return blankPicture();
    return { ...pictureOf(await createImageBitmap(blob[place]), flat.name, blob[place]), kind: flat.kind };
  };
  const base = await picture("base");
  if (!base) return null;
  base.original = await picture("original");
  const reference = record.reference
    && { picture: await picture("reference"), colors: record.reference.colors,
      parts: record.reference.parts };
  const doc = { base, ink: record.ink, hints: record.hints, reference };
  return { record, doc, result: blob.result };
}

function createKeeper(studio) {
  let place = null; // { database, id }
  let before = {};
  let wanted = false;
  let writing = false;
  const keeper = {
    // Writes what is on the canvas now; changes during a write are written after it.
    async keep() {
      wanted = true;
      if (!place || writing) return;
      writing = true;
      while (wanted) {
        wanted = false;
        const pictures = {};
        const record = recordOf(studio, pictures);
        if (!record.base) continue;
        await storeRecord(place.database, place.id, { ...record, given: keeper.given }, pictures, before)
          .then(() => { before = pictures; }, console.error);
      }
      writing = false;
    },
    // Brings the tab's document back; returns whether there was one.
    async restore(given) {
      const database = await openDatabase();
      const { id, record } = await claimDocument(database, given);
      const mine = record && (record.given ?? null) === (given ?? null);
      const revived = mine && await revive(database, record.id).catch(() => null);
      keeper.given = given;
      if (revived && !studio.doc.base) studio.revive(revived);
      place = { database, id };
      if (wanted) keeper.keep();
      removeOld(database);
      return Boolean(revived);
    },
    given: null,
  };
  return keeper;
}
