// The heading, and the switch of languages.

const buttons = [...element.querySelectorAll("[data-language]")];

function markLanguage() {
  buttons.forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.language === language()));
  });
  document.documentElement.lang = language();
}

buttons.forEach((button) => {
  button.addEventListener("click", () => chooseLanguage(button.dataset.language));
});
translate(element);
onLanguage(markLanguage);
