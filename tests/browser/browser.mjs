// A headless Chromium that forgives nothing: script errors, refused content, failed requests and requests to other sites are all
// written down as complaints. Also: what every test here needs to know about the demo.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export { launch } from "./chromium.mjs";

/** The first line of `givr demo --json`. */
export const demo = JSON.parse(process.env.GIVR_DEMO);

/** The screens that pages are tried on. */
export const DESKTOP = { width: 1366, height: 900 };
export const PHONE = { width: 390, height: 844 };

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Where pictures are kept: whoever runs the tests elsewhere takes them from there. */
const SCREENS = new URL("../../target/screens/", import.meta.url).pathname;

/** Asks until the answer is truthy; for what does not show itself on a page. */
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} seconds for ${what}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

/** A fresh visitor's page, and what there is to complain about. `settings` are those of Playwright's `newContext`. */
export async function visitor(browser, settings = {}) {
  const context = await browser.newContext({ baseURL: demo.shop, viewport: DESKTOP, reducedMotion: "reduce", ...settings });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints = [];
  await watch(page, (complaint) => complaints.push(complaint));
  return { context, page, complaints };
}

async function watch(page, complain) {
  await page.exposeFunction("complainOfRefusal", complain);
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.complainOfRefusal(`content policy: ${event.violatedDirective} ${event.blockedURI} on ${location.pathname}`);
    });
  });
  page.on("pageerror", (error) => complain(`script error: ${error.message}`));
  page.on("console", (message) => {
    const { url } = message.location();
    // Chromium asks for an icon where a page names none; the simulated payment page is not the shop's to furnish.
    if (url === `${demo.stripe_api}/favicon.ico`) return;
    if (["error", "warning"].includes(message.type())) complain(`console: ${message.text()} ${url}`);
  });
  page.on("request", (request) => {
    const problem = strayed(request);
    if (problem) complain(problem);
  });
  page.on("requestfailed", (request) => {
    // A page that is left ends its live updates, and whatever it was still loading.
    if (request.failure().errorText === "net::ERR_ABORTED" && !request.isNavigationRequest()) return;
    complain(`failed: ${request.method()} ${request.url()} ${request.failure().errorText}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complain(`answered ${response.status()}: ${response.request().method()} ${response.url()}`);
  });
}

/** The visitor may be led to the payment page; apart from that each page loads from where it came from. */
function strayed(request) {
  const { origin, protocol } = new URL(request.url());
  if (protocol === "data:") return undefined;
  const homes = request.isNavigationRequest() ? [demo.shop, demo.stripe_api] : [new URL(request.frame().url()).origin];
  return homes.includes(origin) ? undefined : `another site: ${request.url()}`;
}

/** A picture of the whole page in `target/screens/`. */
export async function shoot(page, name) {
  const path = join(SCREENS, `${name}.png`);
  mkdirSync(join(path, ".."), { recursive: true });
  await page.screenshot({ path, fullPage: true });
}

/** By how many pixels the page is wider than the screen. */
export async function overhang(page) {
  const measure = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return measure().catch(async (error) => {
    // An order's page loads itself again when the money moves on, which may be just now.
    if (!error.message.includes("Execution context was destroyed")) throw error;
    await page.waitForLoadState();
    return measure();
  });
}

/** What axe finds, however small. */
export async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  const where = new URL(page.url()).pathname;
  return found.map(({ id, help, nodes }) => `${where} ${id}: ${help}: ${nodes.map(({ html }) => html).join("  ")}`);
}
