// Keeps the prices, places and the bill of the configurator up to date while the visitor chooses. The server decides again.
const form = document.querySelector("[data-configurator]");

if (form) {
  const money = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency: form.dataset.currency });
  const unit = 10 ** money.resolvedOptions().maximumFractionDigits;
  const show = (minor) => money.format(minor / unit);
  const prices = (input) => (input?.dataset.prices ?? "").split(" ").map(Number);
  const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`);
  const text = (selector, value) => {
    const place = form.querySelector(selector);
    if (place && place.textContent !== value) place.textContent = value;
  };

  const places = (count, paused) => {
    if (paused) return [form.dataset.placesPaused, "tone-bad"];
    if (count === 0) return [form.dataset.placesNone, "tone-bad"];
    if (count < 4) return [form.dataset.placesLast.replace("#", count), "tone-warn"];
    return [form.dataset.placesSome, "tone-good"];
  };

  const line = (name, minor) => {
    const row = document.createElement("div");
    row.className = "bill-line";
    for (const words of [name, show(minor)]) {
      const cell = document.createElement("span");
      cell.textContent = words;
      row.append(cell);
    }
    return row;
  };

  const update = () => {
    const plan = chosen("plan");
    const term = chosen("term");
    if (!plan || !term) return;
    const index = Number(term.dataset.index);
    const extras = [...form.querySelectorAll('input[name="add_on"]')];

    for (const input of form.querySelectorAll('input[name="plan"], input[name="add_on"]')) {
      text(`[data-price-of="${input.value}"]`, show(prices(input)[index]));
    }
    for (const input of form.querySelectorAll('input[name="term"]')) {
      const sum = extras.filter((extra) => extra.checked).reduce(
        (total, extra) => total + prices(extra)[Number(input.dataset.index)],
        prices(plan)[Number(input.dataset.index)],
      );
      text(`[data-total-of="${input.value}"]`, show(sum));
    }
    for (const place of form.querySelectorAll("[data-per]")) place.textContent = term.dataset.per;

    const room = Object.fromEntries((plan.dataset.room ?? "").split(" ").map((pair) => pair.split("=")));
    for (const input of form.querySelectorAll('input[name="region"]')) {
      const place = form.querySelector(`[data-places-of="${input.value}"]`);
      const [words, tone] = places(Number(room[input.value] ?? 0), "paused" in input.dataset);
      if (place) {
        place.textContent = words;
        place.className = tone;
      }
    }
    const waiting = form.querySelector("[data-waiting]");
    if (waiting) waiting.hidden = Number(room[chosen("region")?.value] ?? 0) > 0;

    const bill = form.querySelector("[data-bill]");
    const bought = extras.filter((extra) => extra.checked);
    bill.replaceChildren(
      line(plan.dataset.name, prices(plan)[index]),
      ...bought.map((extra) => line(extra.dataset.name, prices(extra)[index])),
    );
    const total = [plan, ...bought].reduce((sum, input) => sum + prices(input)[index], 0);
    text("[data-today]", show(total));
    text("[data-renewal]", term.dataset.renews.replace("#", show(total)));
  };

  form.addEventListener("change", update);
  // A page that comes back from the browser's history has its old choices.
  window.addEventListener("pageshow", update);
  update();
}
