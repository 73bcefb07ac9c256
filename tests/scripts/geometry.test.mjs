// Where things are: the view, the areas of a line-art.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./load.mjs";

const page = load(["canvas/state", "canvas/view", "canvas/areas"], [
  "createView", "areaMask", "areaAt", "labelsOf",
], { requestAnimationFrame: () => 1, window: {} });

function fitted(base, width = 832, height = 532) {
  const view = page.createView({}, () => {});
  Object.assign(view, { width, height });
  view.fit(base);
  return view;
}

test("a picture that fits is in the middle with room around it", () => {
  const view = fitted({ width: 400, height: 100 });
  assert.equal(view.scale, 2);
  assert.deepEqual(plain(view.toScreen({ x: 200, y: 50 })), { x: 416, y: 266 });
  assert.deepEqual(plain(view.part({ width: 400, height: 100 })), { zoom: 1, x: 0.5, y: 0.5 });
});

test("zooming keeps the point below the pointer, and the limits", () => {
  const base = { width: 400, height: 100 };
  const view = fitted(base);
  const pointer = { x: 300, y: 200 };
  const before = view.toImage(pointer);
  view.zoomAt(pointer, 3);
  const after = view.toImage(pointer);
  assert.ok(Math.abs(before.x - after.x) + Math.abs(before.y - after.y) < 1e-9);
  assert.equal(view.part(base).zoom, 3);
  view.zoomAt(pointer, 1e9);
  assert.equal(view.scale, 32);
});

test("the part in the middle follows a pan", () => {
  const base = { width: 400, height: 100 };
  const view = fitted(base);
  view.panBy(-80, 20);
  assert.deepEqual(plain(view.part(base)), { zoom: 1, x: 0.6, y: 0.4 });
});

// Two areas side by side, the right one numbered above a byte.
const data = new Uint8Array(4 * 6 * 3);
for (let i = 0; i < 18; i++) data.set(i % 6 < 3 ? [7, 0, 0, 255] : [1, 1, 0, 255], 4 * i);
const found = page.labelsOf({ width: 6, height: 3, data });

test("an area's number is red and 256 times green", () => {
  assert.deepEqual([...new Set(found.labels)], [7, 257]);
  const base = { width: 600, height: 300 };
  assert.equal(page.areaAt(found, { x: 299, y: 299.9 }, base), 7);
  assert.equal(page.areaAt(found, { x: 300, y: 0 }, base), 257);
  assert.equal(page.areaAt(found, { x: 599.9, y: 299.9 }, base), 257);
});

test("an area ends where another begins, not at the picture's edge", () => {
  const row = (area) => [...page.areaMask(found, area)].slice(6, 12);
  assert.deepEqual(row(7), [1, 1, 2, 0, 0, 0]);
  assert.deepEqual(row(257), [0, 0, 0, 2, 1, 1]);
});
