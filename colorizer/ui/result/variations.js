// Four alternatives as thumbnails; a click takes one over, with its hints.

const strip = view.querySelector(".variations");

function showVariations(variations) {
  const cards = variations.items.map((item, i) => variationCard(variations, item, i));
  strip.querySelector(".thumbs").replaceChildren(...cards);
  strip.hidden = false;
}

function variationCard({ width, height, kept }, item, i) {
  const button = document.createElement("button");
  const picture = new Image();
  picture.src = fileUrl(item.image);
  picture.alt = "";
  button.type = "button";
  button.className = "thumb";
  button.style.setProperty("--ratio", width / height);
  button.setAttribute("aria-label", say("Variation {n}", { n: i + 1 }));
  button.title = say("Take these colors over; their hints can be edited");
  button.append(picture);
  button.addEventListener("click", () => {
    strip.querySelectorAll(".thumb").forEach((other) => {
      other.setAttribute("aria-pressed", String(other === button));
    });
    tell("taken", { hints: item.hints, width, height, own: kept });
  });
  return button;
}
