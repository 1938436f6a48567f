// Ctrl-K, or Cmd-K, goes to the field that finds things. Everything else works without this.
const field = document.querySelector("[data-find]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  field?.focus();
  field?.select();
});
