// Takes pictures of every page and state for people to look at: each in two sizes, light and dark, into target/screens/look/.
// Usage: GIVR_DEMO="$(head -n 1 …)" node look.mjs [words of names to take only those]
// Names of what look-account.mjs shows begin with “account-”; if all words do, only that is walked through.
import { DESKTOP, PHONE, demo, launch, shoot, until, visitor } from "./browser.mjs";
import { atPayment, choose, codeFor, freshEmail, heading, playable, signUp } from "./customer.mjs";
import { enterConsole } from "./factor.mjs";
import { account } from "./look-account.mjs";

const wanted = process.argv.slice(2);
const VIEWS = [["phone", PHONE], ["desktop", DESKTOP]].flatMap(([size, viewport]) =>
  ["light", "dark"].map((colorScheme) => ({ name: `${size}-${colorScheme}`, viewport, colorScheme })));
const PUBLIC = {
  home: "/", games: "/games", "games-none": "/games?q=chess", minecraft: "/games/minecraft", cs: "/games/counter-strike", "not-sold": "/games/among-us",
  login: "/login",
  signup: "/signup", reset: "/reset", pricing: "/pricing", regions: "/regions", faq: "/faq", support: "/support", status: "/status",
  terms: "/terms", privacy: "/privacy", refunds: "/refund-policy", error: "/a-page-that-does-not-exist",
};

const browser = await launch();

/** One page, as it is now, in all views. */
async function take(page, name) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) return;
  for (const { name: view, viewport, colorScheme } of VIEWS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await shoot(page, `look/${name}-${view}`);
  }
}

await account(browser, take);
if (wanted.length > 0 && wanted.every((word) => word.startsWith("account-"))) {
  await browser.close();
  process.exit();
}

const fault = (fault) =>
  fetch(`${demo.panel}/__sandbox/faults`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fault) });

/** Fills in the configurator and goes to pay; the page is Stripe's afterwards. */
async function order(page, name) {
  await choose(page, { name });
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await atPayment(page);
}

async function pay(page, button = /^Pay /) {
  await page.getByRole("button", { name: button }).click();
  await page.waitForURL(`${demo.shop}/orders/*`);
}

const { page } = await visitor(browser);
for (const [name, path] of Object.entries(PUBLIC)) {
  await page.goto(path);
  await take(page, name);
}

// A new account, with every mistake that can be made on the way.
const email = freshEmail();
await choose(page, { name: "The Long Hall of the Northern Kings" });
await take(page, "configured");
await page.getByRole("button", { name: "Continue to payment" }).click();
await heading(page, "Almost there");
await take(page, "checkout-sign-in");
await page.locator("#email").fill(email);
await page.locator("#password").fill("not the right one");
await page.getByRole("button", { name: "Sign in and continue" }).click();
await page.getByRole("alert").waitFor();
await take(page, "checkout-sign-in-wrong");
await signUp(page, { email });
await take(page, "checkout-code");
await page.getByLabel("Code").fill("000000");
await page.getByRole("button", { name: "Continue to payment" }).click();
await page.getByRole("alert").waitFor();
await take(page, "checkout-code-wrong");
await page.getByLabel("Code").fill(await codeFor(email));
await page.getByRole("button", { name: "Continue to payment" }).click();
await atPayment(page);
await take(page, "stripe");
await page.getByRole("button", { name: "Card that is declined" }).click();
await page.getByRole("alert").waitFor();
await take(page, "stripe-declined");

await page.goto("/games/counter-strike");
await page.getByLabel("Steam game server login token").fill("-".repeat(32));
await page.getByRole("button", { name: "Continue to payment" }).click();
await page.getByRole("alert").waitFor();
await take(page, "configured-wrong");

// An order in its states.
await page.goto("/servers");
await take(page, "servers-none");
await page.goto("/orders");
await page.getByRole("link", { name: "The Long Hall of the Northern Kings" }).click();
await heading(page, "The Long Hall of the Northern Kings");
const first = page.url();
await take(page, "order-open");
await page.goto(`${first}?session=cs_test`);
await take(page, "order-confirming");
await page.goto(first);
await page.getByRole("button", { name: "Continue to payment" }).click();
await atPayment(page);
await pay(page);
await page.locator(".step-now", { hasText: "Installation" }).waitFor();
await take(page, "order-in-progress");
await playable(page);
await take(page, "order-ready");

await order(page, "Settling");
await pay(page, "Bank debit that arrives in some minutes");
await page.getByText("Payment on its way").waitFor();
await take(page, "order-settling");

await order(page, "Not wanted");
await page.goto("/orders");
await page.getByRole("link", { name: "Not wanted" }).click();
await page.getByRole("button", { name: "Cancel the order" }).click();
await page.getByText("Not paid").waitFor();
await take(page, "order-cancelled");

await fault({ kind: "refuse", status: 422, match: { method: "POST", path: "/api/application/servers" } });
await order(page, "Never to be");
await pay(page);
await page.getByRole("heading", { level: 1 }).waitFor();
await until("the refund", async () => (await page.locator(".badge").first().innerText().catch(() => "")) === "Refunded", 180);
await page.getByText("Money returned").waitFor();
await take(page, "order-refunded");
await fetch(`${demo.panel}/__sandbox/faults`, { method: "DELETE" });

await page.goto("/orders");
await take(page, "orders");
await page.goto("/servers");
await take(page, "servers");
await page.getByRole("link", { name: "The Long Hall of the Northern Kings" }).click();
await take(page, "server");

// Account pages with something to say.
const other = await visitor(browser);
await other.page.goto("/signup");
await other.page.getByLabel("E-mail address").fill(freshEmail());
await other.page.getByLabel("Password").fill("password12");
await other.page.getByRole("button", { name: "Create account" }).click();
await take(other.page, "signup-wrong");
await other.page.goto("/login");
await other.page.getByLabel("E-mail address").fill(email);
await other.page.getByLabel("Password").fill("wrong wrong wrong");
await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
await take(other.page, "login-wrong");
await other.page.goto("/reset");
await other.page.getByLabel("E-mail address").fill(email);
await other.page.getByRole("button", { name: "Send me a link" }).click();
await take(other.page, "reset-sent");
await enterConsole(other.page);
await other.page.goto("/games/minecraft");
await take(other.page, "minecraft-staff");
await other.page.goto("/orders");
await take(other.page, "orders-none");

await browser.close();
