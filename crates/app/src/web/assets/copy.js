// Copies an address and says so, in the page's words. Without this script the address is plain text that can be selected.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  } catch {
    const text = button.parentElement.querySelector("[data-address]") ?? document.querySelector("[data-address]");
    if (text) getSelection()?.selectAllChildren(text);
    button.textContent = button.dataset.byHand;
  }
  setTimeout(() => { button.textContent = words; }, 2000);
});
