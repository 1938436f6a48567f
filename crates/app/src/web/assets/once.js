// A form is sent once: a second press would make the browser drop the first answer, with what it says and whom it signs in.
const holds = 15_000;

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // An answer that is a file leaves the page as it is.
  setTimeout(() => delete form.dataset.sent, holds);
});

// Whoever comes back to the page may send it again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
