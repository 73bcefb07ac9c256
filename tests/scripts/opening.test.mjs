// What a file is taken for, and what the database keeps of a document.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./load.mjs";

const page = load(
  ["canvas/state", "canvas/palette", "canvas/files", "canvas/lines", "canvas/keeper",
    "canvas/opening"],
  ["kindOf", "kindOfPixels", "excessOf", "stemOf", "parsedHex", "recordOf"],
);

test("the ending says how a file is opened", () => {
  const kinds = { "a.PNG": "picture", "b.json": "hints", "c.lineart": "document",
    "d.psd": "document", "e.ora": "document", "f.KRA": "document", "g.gif": "picture" };
  for (const [name, kind] of Object.entries(kinds)) {
    assert.equal(page.kindOf({ name, type: "" }), kind, name);
  }
});

const pixels = (...colors) => colors.flatMap(([color, count]) => (
  Array.from({ length: count }, () => color).flat()
));

test("a picture is colored, scanned or a line-art", () => {
  const [paper, gray, ink, red, clear] = [
    [255, 255, 255, 255], [215, 212, 205, 255], [20, 20, 20, 255], [220, 60, 60, 255], [0, 0, 0, 0],
  ];
  assert.equal(page.kindOfPixels(pixels([paper, 90], [ink, 10])), "");
  assert.equal(page.kindOfPixels(pixels([paper, 30], [ink, 70])), "");
  assert.equal(page.kindOfPixels(pixels([gray, 90], [ink, 10])), "scanned");
  assert.equal(page.kindOfPixels(pixels([paper, 60], [gray, 40])), "");
  assert.equal(page.kindOfPixels(pixels([gray, 80], [red, 20])), "colored");
  assert.equal(page.kindOfPixels(pixels([clear, 90], [gray, 10])), "");
});

test("a picture over a limit is named with what it has and what is allowed", () => {
  const limits = { bytes: 20e6, pixels: 36e6 };
  const bitmap = { width: 8000, height: 5000 };
  assert.equal(page.excessOf({ size: 1 }, { width: 4961, height: 7016 }, "a4", limits), "");
  assert.match(page.excessOf({ size: 1 }, bitmap, "a.png", limits), /8000x5000 = 40.0 megapixels/);
  assert.match(page.excessOf({ size: 21e6 }, null, "a.png", limits), /a.png has 21.0 MB/);
});

test("colors are typed with three or six digits", () => {
  const typed = { "#A1b2c3": "#a1b2c3", " f80 ": "#ff8800", red: null, "#12345": null };
  for (const [text, color] of Object.entries(typed)) assert.equal(page.parsedHex(text), color);
});

test("a name loses its ending alone", () => {
  assert.deepEqual(["a.b.png", "plain"].map((name) => page.stemOf({ name })), ["a.b", "plain"]);
});

test("a record holds the document without its pictures, which are kept by their place", () => {
  const original = { name: "scan.jpg", kind: "", width: 9, height: 8, file: "the scan" };
  const base = { ...original, kind: "scan", file: "the line-art", original, bitmap: {} };
  const doc = { base, ink: [], hints: [{ x: 1, y: 2, r: 3, color: "#112233" }], reference: null };
  const pictures = {};
  const record = page.recordOf({
    doc, settings: () => ({ color: "#112233" }),
    results: { current: { value: { width: 9 }, doc: { ...doc, hints: [] }, blob: "the result" } },
  }, pictures);
  assert.deepEqual(pictures, { base: "the line-art", original: "the scan", result: "the result" });
  const flat = { name: "scan.jpg", width: 9, height: 8 };
  assert.deepEqual(plain(record), {
    base: { ...flat, kind: "scan" }, original: { ...flat, kind: "" }, ink: [], hints: doc.hints,
    reference: null, settings: { color: "#112233" },
    result: { value: { width: 9 }, fresh: false },
  });
});
