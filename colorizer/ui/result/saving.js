// Downloads, always of the drawing that is shown: the PNG is there already, the other files are
// made by Python when they are asked for.

const savers = [...view.querySelectorAll("button[data-save]")];
const link = view.querySelector("a[data-save]");

function offerFiles() {
  const { entry } = shown;
  URL.revokeObjectURL(link.href);
  link.toggleAttribute("href", Boolean(entry));
  link.setAttribute("aria-disabled", String(!entry));
  if (entry) {
    link.href = URL.createObjectURL(entry.blob);
    link.download = `${entry.value.name}-colored.png`;
  }
  const busy = savers.some((button) => button.classList.contains("busy"));
  savers.forEach((button) => { button.disabled = !entry || busy; });
}

// A drag of the button, or of the picture where the slider is not, takes the file along.
function dragOut(event) {
  const { entry } = shown;
  if (!entry) return;
  const name = `${entry.value.name}-colored.png`;
  event.dataTransfer.setData("DownloadURL", `image/png:${name}:${link.href}`);
  event.dataTransfer.setData("text/uri-list", fileUrl(entry.value.image));
  event.dataTransfer.effectAllowed = "copy";
}

async function askForFile(button) {
  const { value } = shown.entry;
  button.classList.add("busy");
  offerFiles();
  try {
    const file = await ask("save_result", {
      ...value, kind: button.dataset.save, by_color: view.querySelector(".apart input").checked,
    });
    download(await loadFile(file), file.orig_name);
  } catch (error) {
    tell("failed", error);
  } finally {
    button.classList.remove("busy");
    offerFiles();
  }
}
