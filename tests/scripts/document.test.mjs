// The document: strokes, erasing, history, hints on their way in and out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./load.mjs";

const page = load(["canvas/state"], [
  "extendStroke", "paintOver", "hintAt", "eraseAt", "createHistory", "defaultRadius",
  "scaledHints", "hintsAsJson", "ownHintsFirst", "sameWork", "clampPoint", "hexColor",
]);

test("strokes become points at least two and a half radii apart", () => {
  let points = [];
  for (let x = 0; x <= 100; x++) points = page.extendStroke(points, { x, y: 5 }, 8, "#ff0000");
  assert.deepEqual(plain(points.map((p) => p.x)), [0, 20, 40, 60, 80, 100]);
});

test("new paint replaces the dots that it covers", () => {
  const old = [{ x: 10, y: 10, r: 4, color: "old" }, { x: 40, y: 10, r: 4, color: "far" }];
  const painted = page.paintOver(old, [{ x: 12, y: 10, r: 4, color: "new" }]);
  assert.deepEqual(plain(painted.map((p) => p.color)), ["far", "new"]);
});

test("the topmost dot is hit", () => {
  const dots = [{ x: 0, y: 0, r: 5 }, { x: 3, y: 0, r: 5 }, { x: 50, y: 0, r: 5 }];
  assert.equal(page.hintAt(dots, { x: 2, y: 0 }, 0), 1);
  assert.equal(page.hintAt(dots, { x: 20, y: 0 }, 0), -1);
  assert.equal(page.hintAt(dots, { x: 44, y: 0 }, 2), 2);
});

test("erasing removes the dots and pen lines that are touched, and nothing else", () => {
  const doc = {
    base: {}, hints: [{ x: 5, y: 5, r: 2 }, { x: 90, y: 90, r: 2 }],
    ink: [{ width: 4, points: [{ x: 0, y: 8 }, { x: 60, y: 8 }] }],
  };
  const sizes = ({ hints, ink }) => [hints.length, ink.length];
  assert.deepEqual(sizes(page.eraseAt(doc, { x: 30, y: 11 }, 2)), [2, 0]);
  assert.deepEqual(sizes(page.eraseAt(doc, { x: 6, y: 4 }, 1)), [1, 1]);
  assert.equal(page.eraseAt(doc, { x: 30, y: 50 }, 2), doc);
});

test("history returns to each state and forgets the future after a change", () => {
  const history = page.createHistory(0);
  [1, 2, 3].forEach(history.commit);
  const seen = [];
  for (const step of ["undo", "undo", "redo"]) {
    history[step]();
    seen.push(history.doc);
  }
  history.commit(9);
  assert.equal(history.canRedo, false);
  while (history.undo()) seen.push(history.doc);
  assert.deepEqual(seen, [2, 1, 2, 2, 1, 0]);
});

test("history keeps 300 steps", () => {
  const history = page.createHistory(0);
  for (let i = 1; i <= 400; i++) history.commit(i);
  while (history.undo());
  assert.equal(history.doc, 100);
});

test("the brush starts at a 64th of the shorter side", () => {
  const radii = [[512, 512], [2000, 3000], [90, 60]].map((size) => page.defaultRadius(...size));
  assert.deepEqual(radii, [8, 31, 4]);
});

test("hints go to a picture of another size and come back", () => {
  const base = { width: 200, height: 100 };
  const file = { width: 100, height: 50, hints: [{ x: 10, y: 20, r: 3, color: "#112233" }] };
  const hints = page.scaledHints(file, base);
  assert.deepEqual(plain(hints), [{ x: 20, y: 40, r: 6, color: "#112233" }]);
  assert.deepEqual(plain(page.hintsAsJson({ base, hints })), { ...base, hints: plain(hints) });
});

test("the user's own hints come first, in their order", () => {
  const hints = [{ x: 1, dealt: true }, { x: 2 }, { x: 3, dealt: true }, { x: 4 }];
  const { own, doc } = page.ownHintsFirst({ hints });
  assert.equal(own, 2);
  assert.deepEqual(plain(doc.hints.map((hint) => hint.x)), [2, 4, 1, 3]);
});

test("a reference picture is no new work for the model", () => {
  const doc = { base: {}, ink: [], hints: [], reference: null };
  assert.equal(page.sameWork(doc, { ...doc, reference: {} }), true);
  assert.equal(page.sameWork(doc, { ...doc, hints: [] }), false);
  assert.equal(page.sameWork(null, doc), false);
});
