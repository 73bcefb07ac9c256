// Colors: the palette, the recent ones and the current one.

const PALETTE = [
  ["#f8d9c0", "Fair skin"], ["#e5b08a", "Tan skin"], ["#a9714b", "Brown skin"],
  ["#f6d77a", "Blond"], ["#c98a4b", "Light brown"], ["#6b4632", "Brown"], ["#2f2a33", "Black"],
  ["#f4a3b8", "Pink"], ["#e4574c", "Red"], ["#f28c3a", "Orange"], ["#ffd84d", "Yellow"],
  ["#7cc36a", "Green"], ["#2f8f6b", "Deep green"], ["#62c6c4", "Turquoise"],
  ["#8fc7f0", "Sky blue"], ["#3f6fd1", "Blue"], ["#7a5cc7", "Violet"], ["#ffffff", "White"],
  ["#b9b6c2", "Gray"],
];
const RECENT_COLORS = 8;

function createPalette(root, onPick) {
  const chip = root.querySelector(".chip input");
  const palette = { color: PALETTE[0][0], recent: [] };
  palette.choose = (color) => {
    palette.color = color.toLowerCase();
    chip.value = palette.color;
    chip.parentElement.style.setProperty("--color", palette.color);
    markSwatches(root, palette.color);
    onPick(palette.color);
  };
  palette.remember = (color) => {
    if (PALETTE.some(([known]) => known === color) || palette.recent.includes(color)) return;
    palette.recent = [color, ...palette.recent].slice(0, RECENT_COLORS);
    const row = root.querySelector(".recent");
    row.replaceChildren(...palette.recent.map((c) => palette.swatch(c, c)));
    markSwatches(root, palette.color);
  };
  palette.swatch = (color, name) => swatch(color, name, palette);
  const swatches = PALETTE.map((entry) => palette.swatch(...entry));
  root.querySelector(".swatches").replaceChildren(...swatches);
  chip.addEventListener("input", () => palette.choose(chip.value));
  palette.choose(palette.color);
  return palette;
}

function swatch(color, name, palette) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swatch";
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
