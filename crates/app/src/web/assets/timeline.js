// Shows the order's progress as it happens: the server sends the finished fragment, this puts it in place.
const place = document.querySelector("#timeline");
const said = document.querySelector("[data-said]");
const address = place?.dataset.events;

// The security policy lets only this turn text into markup.
const fragments = globalThis.trustedTypes?.createPolicy("server-fragments", { createHTML: (text) => text })
  ?? { createHTML: (text) => text };

// Seconds until another try, after a refusal: the shop is being restarted, or too many pages watch.
const waits = [5, 10, 30];
let refused = 0;

function listen() {
  const source = new EventSource(address);

  source.addEventListener("timeline", (event) => {
    refused = 0;
    place.innerHTML = fragments.createHTML(event.data);
    const now = place.querySelector(".step-now")?.textContent.replace(/\s+/g, " ").trim() ?? "";
    if (said && said.textContent !== now) said.textContent = now;
  });

  // The money moved on, or nothing more will happen: what stands around the timeline is no longer right.
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });

  // The browser tries again by itself, unless it was refused.
  source.addEventListener("error", async () => {
    if (source.readyState !== EventSource.CLOSED) return;
    const wait = waits[Math.min(refused, waits.length - 1)];
    refused += 1;
    if (refused > waits.length) {
      // Somebody signed out, or the order is not theirs: the page itself says so.
      const page = await fetch(location.href, { redirect: "manual" }).catch(() => undefined);
      if (page?.type === "opaqueredirect" || page?.status === 404) return location.reload();
    }
    setTimeout(listen, wait * 1000);
  });
}

if (address) listen();
