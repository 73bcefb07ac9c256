// The badge comes from Python again when the model has loaded, in English.

function showBadge() {
  const label = element.querySelector("[data-say]");
  if (label) label.textContent = say(label.dataset.say);
}

onLanguage(showBadge);
watch("value", showBadge);
