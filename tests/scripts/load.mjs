// Runs scripts of the page, which are plain functions side by side, and returns some of them.

import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const PAGE = new URL("../../colorizer/ui/", import.meta.url);

class ImageData {
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
}

// What comes out of the context is copied: its arrays are of another realm than the test's.
export const plain = (value) => structuredClone(value);

export function load(scripts, names, globals = {}) {
  const sources = scripts.map((name) => readFileSync(new URL(`${name}.js`, PAGE), "utf8"));
  const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const context = createContext({ ImageData, say, structuredClone, console, ...globals });
  runInContext(`class UserError extends Error {}\n${sources.join("\n")}`, context);
  return runInContext(`({ ${names.join(", ")} })`, context);
}
