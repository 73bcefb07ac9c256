// Opens an example: the page sends its name, Python answers with picture and hints.

element.querySelector(".shelf").addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]");
  if (card) trigger("select", { index: card.dataset.index, value: card.dataset.example });
});

translate(element);
