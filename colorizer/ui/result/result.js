// Puts the result view together. Gradio runs this once for the component.

slider.addEventListener("input", () => frame.style.setProperty("--cut", `${slider.value}%`));
frame.addEventListener("click", pickColor);
frame.addEventListener("pointerdown", startPan);
frame.parentElement.parentElement.addEventListener("wheel", zoomResult, { passive: false });
view.querySelectorAll("[data-show]").forEach((button) => {
  button.addEventListener("click", () => showPicture(button.dataset.show));
});
shadows.addEventListener("change", () => tell("shade", shadows.value));
savers.forEach((button) => button.addEventListener("click", () => askForFile(button)));
link.addEventListener("dragstart", dragOut);
strip.querySelector(".close").addEventListener("click", () => { strip.hidden = true; });

hear("colored", show);
hear("part", showPart);
hear("tool", (tool) => {
  view.classList.toggle("picking", tool === "pick");
  view.classList.toggle("panning", tool === "pan");
});
hear("peek", (on) => view.classList.toggle("peek", on));
hear("shadows", (word) => { shadows.value = word; });
hear("running", (on) => view.classList.toggle("running", on));
hear("variations", showVariations);
translate(view);
onLanguage(showFacts);
