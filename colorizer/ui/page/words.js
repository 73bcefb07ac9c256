// What every component's script begins with: events between the parts of the page, and languages.
// The English text is the key of words.json; {name} stands for a value.

const WORDS = %WORDS%;
const LANGUAGE_KEY = "lineart-language";

function tell(name, detail) {
  window.dispatchEvent(new CustomEvent(`lineart:${name}`, { detail }));
}

function hear(name, act) {
  window.addEventListener(`lineart:${name}`, ({ detail }) => act(detail));
}

// A choice made with the switch; a page in a foreign frame may not be allowed to remember it.
function rememberedLanguage() {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    return null;
  }
}

function language() {
  const wanted = window.lineartLanguage ?? rememberedLanguage() ?? navigator.language.slice(0, 2);
  return wanted in WORDS ? wanted : "en";
}

function chooseLanguage(name) {
  window.lineartLanguage = name;
  try {
    localStorage.setItem(LANGUAGE_KEY, name);
  } catch { /* it holds until the page is closed */ }
  tell("language");
}

// Calls act now and after each change of language.
function onLanguage(act) {
  act();
  hear("language", act);
}

function say(text, values = {}) {
  const found = WORDS[language()]?.[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function count(n, one, many) {
  return say(n === 1 ? one : many, { n });
}

const SPOKEN = ["title", "aria-label", "alt"];

// Every text and label below root that the dictionary knows, with the way to write it.
function translatable(root) {
  const known = (text) => Object.values(WORDS).some((words) => text in words);
  const found = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.trim();
    if (known(text)) found.push(() => { node.data = say(text); });
  }
  for (const one of root.querySelectorAll(SPOKEN.map((name) => `[${name}]`).join())) {
    for (const name of SPOKEN) {
      const text = one.getAttribute(name);
      if (text && known(text)) found.push(() => one.setAttribute(name, say(text)));
    }
  }
  return found;
}

// Keeps the fixed texts below root in the language of the page.
function translate(root) {
  const writers = translatable(root);
  onLanguage(() => writers.forEach((write) => write()));
}
