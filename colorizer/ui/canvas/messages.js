// What the page says: one line over the picture for people, one hidden line for screen readers.

function createMessages(root) {
  const box = root.querySelector(".notice");
  const [text, actions] = [box.querySelector("p"), box.querySelector(".choices")];
  let standing = ""; // what is wrong for good: no model
  const messages = {
    // `choices` are [label, what a click does]; each also takes the line away.
    say(line, { calm = false, choices = [] } = {}) {
      box.hidden = !line;
      box.classList.toggle("calm", calm);
      text.textContent = line;
      actions.replaceChildren(...choices.map(([label, act]) => choiceButton(label, () => {
        messages.clear();
        act();
      })));
    },
    clear() { messages.say(standing); },
    // Takes away a line that is not true any more.
    take(line) { if (text.textContent === line) messages.clear(); },
    stand(line) {
      standing = line;
      if (line) messages.clear();
    },
    announce(line) { root.querySelector("p.sr").textContent = line; },
    fail(error) {
      const known = error instanceof UserError;
      const { message } = error;
      if (!known) console.error(error);
      messages.say(known ? message : say("That failed: {message}", { message }));
    },
  };
  box.querySelector(".close").addEventListener("click", () => messages.say(""));
  return messages;
}

function choiceButton(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn line";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}
