// Colors: the palette, the recent ones and the current one.

const NO_COLOR = "#ffffff"; // leaves a region white: the paper shows, and "Colors only" is clear
const PALETTE = [
  [NO_COLOR, "No color: stays white"], ["#fefefe", "White"],
  ["#f8d9c0", "Fair skin"], ["#e5b08a", "Tan skin"], ["#a9714b", "Brown skin"],
  ["#f6d77a", "Blond"], ["#c98a4b", "Light brown"], ["#6b4632", "Brown"], ["#2f2a33", "Black"],
  ["#f4a3b8", "Pink"], ["#e4574c", "Red"], ["#f28c3a", "Orange"], ["#ffd84d", "Yellow"],
  ["#7cc36a", "Green"], ["#2f8f6b", "Deep green"], ["#62c6c4", "Turquoise"],
  ["#8fc7f0", "Sky blue"], ["#3f6fd1", "Blue"], ["#7a5cc7", "Violet"], ["#b9b6c2", "Gray"],
];
const FIRST_COLOR = "#f8d9c0";
const RECENT_COLORS = 8;

function createPalette(root, onChoice) {
  const [chip, hex] = [root.querySelector(".chip input"), root.querySelector(".hex")];
  const palette = {
    color: FIRST_COLOR, recent: [],
    choose(color) {
      palette.color = color.toLowerCase();
      chip.value = hex.value = palette.color;
      chip.parentElement.style.setProperty("--color", palette.color);
      markSwatches(root, palette.color);
      onChoice(palette.color);
    },
    remember(color) {
      if (PALETTE.some(([known]) => known === color) || palette.recent.includes(color)) return;
      palette.setRecent([color, ...palette.recent].slice(0, RECENT_COLORS));
    },
    setRecent(colors) {
      palette.recent = colors;
      root.querySelector(".recent").replaceChildren(...colors.map((c) => palette.swatch(c, c)));
      markSwatches(root, palette.color);
    },
    swatch: (color, name) => swatch(color, name, palette),
  };
  const swatches = PALETTE.map(([color, name]) => palette.swatch(color, name));
  root.querySelector(".swatches").replaceChildren(...swatches);
  chip.addEventListener("input", () => palette.choose(chip.value));
  hex.addEventListener("change", () => palette.choose(parsedHex(hex.value) ?? palette.color));
  return palette;
}

// "#rrggbb" of what was typed: three or six digits, with or without "#"; null for anything else.
function parsedHex(text) {
  const digits = text.trim().toLowerCase().match(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/)?.[1];
  if (!digits) return null;
  return "#" + (digits.length === 3 ? digits.replace(/./g, "$&$&") : digits);
}

function swatch(color, name, palette) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = color === NO_COLOR ? "swatch none" : "swatch";
  button.style.setProperty("--color", color);
  button.dataset.color = color;
  button.title = name;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", () => palette.choose(color));
  return button;
}

function markSwatches(root, color) {
  root.querySelectorAll(".swatch").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.color === color));
  });
}
