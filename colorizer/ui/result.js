// Puts the result view together. Gradio runs this once for the component.

slider.addEventListener("input", () => frame.style.setProperty("--cut", `${slider.value}%`));
frame.addEventListener("click", pickColor);
view.querySelectorAll("[data-show]").forEach((button) => {
  button.addEventListener("click", () => showPicture(button.dataset.show));
});
savers.forEach((button) => button.addEventListener("click", () => askForFile(button)));
strip.querySelector(".close").addEventListener("click", () => { strip.hidden = true; });

hear("tool", (tool) => view.classList.toggle("picking", tool === "pick"));
hear("peek", (on) => view.classList.toggle("peek", on));
hear("running", (on) => view.classList.toggle("running", on));
hear("saved", download);
hear("variations", showVariations);
hear("ended", (what) => { if (what === "save") endSaving(); });
translate(view);
onLanguage(showFacts);
watch("value", show);
show();
