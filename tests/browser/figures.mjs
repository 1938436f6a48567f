// Measures the pages of a running demo: how large they are, what they cost, whether they jump, and what they do while the panel hangs.
// Says a table, and ends with 1 where a limit is passed. Called by scripts/page-figures.
import { DESKTOP, PHONE, demo, launch, visitor } from "./browser.mjs";
import { signIn } from "./customer.mjs";
import { agent, cpuOf, fetchRaw, idle, pause } from "./measure.mjs";

/** Bytes over the network at most: the page alone, and with everything that it loads. */
const MOST_PAGE = 60 * 1024;
const MOST_ALL = 120 * 1024;
/** Milliseconds of CPU at most. */
const MOST_CPU = 2;
/** Milliseconds until a page is there while the panel hangs. */
const MOST_WAIT = 300;
/** How far a page may jump: nothing that anybody sees. */
const MOST_SHIFT = 0.001;
const ROUNDS = 300;

const assets = new Map();
async function assetsOf(text) {
  let size = 0;
  for (const [, address] of text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
    if (!assets.has(address)) assets.set(address, (await fetchRaw(address.replaceAll("&#38;", "&"))).size);
  }
  for (const address of new Set([...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, address]) => address))) size += assets.get(address);
  return size;
}

const browser = await launch();
const customer = await visitor(browser, { viewport: DESKTOP });
await signIn(customer.page);
const server = await customer.page.locator('main a[href^="/servers/svc_"]').first().getAttribute("href");
const order = server.replace("/servers/svc_", "/orders/ord_");
const cookie = (await customer.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
const tabs = ["", "/console", "/files", "/settings", "/backups", "/schedules", "/databases", "/people", "/network", "/activity", "/public"];
const dashboard = tabs.map((tab) => server + tab);
const open = ["/", "/games", "/games/minecraft", "/pricing", "/regions", "/status", "/faq", "/support", "/terms", "/privacy", "/sla", "/about", "/login", "/signup"];
const own = ["/servers", "/orders", order, "/support/tickets", "/support/tickets/new", "/account/security", "/account/panel", "/account/mails", "/account/data", ...dashboard];
const pages = [...open.map((path) => [path, ""]), ...own.map((path) => [path, cookie])];

const over = [];
const limit = (what, value, most, path) => {
  if (value > most) over.push(`${path}: ${what} ${value}, at most ${most}`);
  return value;
};
const name = (path) => path.replace(/(svc|ord)_[0-9a-f]+/, "$1_…");

const rest = await idle();
console.log(`the demo by itself: ${(rest * 100).toFixed(1)} % of a core\n`);
console.log("| page | HTML, compressed | with assets | CPU a request | layout shift desktop / phone |");
console.log("|---|---|---|---|---|");
const phone = await visitor(browser, { viewport: PHONE, storageState: await customer.context.storageState() });
/** How far a page jumps while it loads. */
async function shift(page, path) {
  await page.goto(path);
  await page.waitForTimeout(400);
  return page.evaluate(() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 100);
  }));
}
for (const [path, by] of pages) {
  const { status, size } = await fetchRaw(path, by);
  if (status !== 200) over.push(`${path}: answered ${status}`);
  const text = (await fetchRaw(path, by, "identity")).body.toString();
  const all = size + (await assetsOf(text));
  const cpu = await cpuOf(path, by, ROUNDS, rest);
  const [wide, narrow] = [await shift(customer.page, path), await shift(phone.page, path)];
  limit("HTML", size, MOST_PAGE, path);
  limit("with assets", all, MOST_ALL, path);
  limit("CPU", cpu, MOST_CPU, path);
  limit("shift", Math.max(wide, narrow), MOST_SHIFT, path);
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log(`| ${name(path)} | ${kib(size)} | ${kib(all)} | ${cpu.toFixed(2)} ms | ${wide.toFixed(4)} / ${narrow.toFixed(4)} |`);
}

console.log("\n| page while the panel hangs | slowest of 5 | says how old it is |");
console.log("|---|---|---|");
const hangs = await fetch(`${demo.panel}/__sandbox/faults`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ kind: "timeout", outcome: "never" }),
});
if (!hangs.ok) over.push(`the panel does not hang: ${await hangs.text()}`);
// What was kept of a moment ago counts as fresh for a while.
await pause(3000);
const asks = new Set(["/files", "/settings", "/backups", "/schedules", "/databases", "/people", "/network", "/activity"]);
for (const path of ["/servers", "/orders", order, ...dashboard]) {
  let slowest = 0;
  let text = "";
  for (let round = 0; round < 5; round += 1) {
    const began = performance.now();
    text = (await fetchRaw(path, cookie, "identity")).body.toString();
    slowest = Math.max(slowest, performance.now() - began);
    await pause(1100);
  }
  const told = /This is how it was|Last seen|seen |there is nothing to show yet/.test(text);
  if (asks.has(path.replace(server, "")) && !told) over.push(`${path}: does not say how old it is`);
  limit("ms while the panel hangs", slowest, MOST_WAIT, path);
  console.log(`| ${name(path)} | ${slowest.toFixed(0)} ms | ${told ? "yes" : "–"} |`);
}
await fetch(`${demo.panel}/__sandbox/faults`, { method: "DELETE" });
await browser.close();
agent.destroy();
if (over.length > 0) {
  console.log(`\nover a limit:\n${over.map((line) => `- ${line}`).join("\n")}`);
  process.exitCode = 1;
}
