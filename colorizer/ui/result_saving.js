// Downloads: the PNG is there already, the other files are made by Python when they are asked for.

const savers = view.querySelectorAll("button[data-save]");

function offerFiles({ image, name }) {
  const link = view.querySelector("a");
  link.href = image.url;
  link.download = `${name}-colored.png`;
  link.removeAttribute("aria-disabled");
  savers.forEach((button) => { button.disabled = button.classList.contains("busy"); });
}

function askForFile(button) {
  savers.forEach((other) => { other.disabled = true; });
  button.classList.add("busy");
  props.value = { ...shown.value, kind: button.dataset.save };
  shown.value = props.value;
  trigger("save");
}

function download({ file }) {
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name;
  link.click();
}

function endSaving() {
  savers.forEach((button) => {
    button.classList.remove("busy");
    button.disabled = !shown.value;
  });
}
