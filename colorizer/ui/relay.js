// Tells the page's other scripts what Python answered. Gradio gives it props and watch.

watch("value", () => {
  if (!props.value) return;
  window.dispatchEvent(new CustomEvent("lineart:%EVENT%", { detail: props.value }));
});
