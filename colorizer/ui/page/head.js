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

// The badge names the model and its device, or what is wrong with it.
const badge = element.querySelector(".lc-badge");

function showBadge({ state, label, reason }) {
  badge.className = `lc-badge lc-${state}`;
  badge.title = reason;
  badge.dataset.say = label;
  badge.lastElementChild.textContent = say(label);
}

hear("model", showBadge);
onLanguage(() => { badge.lastElementChild.textContent = say(badge.dataset.say); });
