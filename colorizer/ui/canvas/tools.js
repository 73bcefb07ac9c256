// The tools, their sizes, and the color that is picked with one of them.

const TOOL_NAMES = {
  brush: "Brush", erase: "Eraser", pick: "Pick a color", pen: "Line pen", pan: "Pan",
};
const LARGEST = 200; // pixels: radius of the brush, width of the pen
const SIZE_SHOWN = 900; // milliseconds that a new size is shown on the picture

function createTools(studio) {
  const tools = {
    chosen: "brush", held: null, radius: 8, penWidth: 4, sizeShown: false,
    get now() { return tools.held ?? tools.chosen; },
    choose(tool) {
      tools.chosen = tool;
      tools.show();
      studio.messages.announce(say(TOOL_NAMES[tool]));
    },
    hold(tool) {
      if (tools.held === tool) return;
      tools.held = tool;
      tools.show();
    },
    show() {
      studio.root.querySelectorAll("[data-tool]").forEach((button) => {
        button.setAttribute("aria-pressed", String(button.dataset.tool === tools.now));
      });
      studio.surface.dataset.cursor = tools.now;
      tell("tool", tools.now);
      tools.showSize();
      studio.redraw();
    },
    pick(color) {
      studio.palette.choose(color);
      studio.palette.remember(color);
      tools.choose("brush");
      studio.messages.announce(say("Color {color}", { color }));
    },
  };
  addSizes(studio, tools);
  return tools;
}

// The slider is logarithmic in effect: its square is the size, so that fine sizes have room. What
// people see are diameters; a hint's r is half of one.
function addSizes(studio, tools) {
  const slider = studio.find(".size input");
  const which = () => (tools.chosen === "pen" ? "penWidth" : "radius");
  let fading = 0;
  tools.setSize = (name, pixels) => {
    tools[name] = Math.min(LARGEST, Math.max(1, Math.round(pixels)));
    tools.showSize();
    studio.redraw();
  };
  tools.showSize = () => {
    const diameter = `${tools[which()] * (which() === "radius" ? 2 : 1)} px`;
    slider.value = Math.sqrt(tools[which()] / LARGEST) * 100;
    slider.setAttribute("aria-valuetext", diameter);
    studio.find(".size output").textContent = diameter;
  };
  const choose = (pixels) => {
    tools.sizeShown = true;
    clearTimeout(fading);
    fading = setTimeout(() => { tools.sizeShown = false; studio.redraw(); }, SIZE_SHOWN);
    tools.setSize(which(), pixels);
    studio.keeper.keep();
  };
  tools.scaleSize = (factor) => {
    const size = tools[which()];
    const change = Math.max(1, Math.abs(size * (factor - 1)));
    choose(size + Math.sign(factor - 1) * change);
  };
  slider.addEventListener("input", () => choose((slider.value / 100) ** 2 * LARGEST));
}
