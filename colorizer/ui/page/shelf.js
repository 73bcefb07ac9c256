// Opens an example: the canvas asks for it by its index.

element.querySelector(".shelf").addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]");
  if (card) tell("example", Number(card.dataset.index));
});

translate(element);
