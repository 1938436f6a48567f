// Measures the console of a running demo that has years of business in its database: what each page costs, also while the panel hangs, and
// what it costs to find something. Says a table, and ends with 1 where a limit is passed. Called by scripts/console-figures.
import { DESKTOP, demo, launch, visitor } from "./browser.mjs";
import { enterConsole } from "./factor.mjs";
import { agent, cpuOf, fetchRaw, idle, pause } from "./measure.mjs";

/** Milliseconds of CPU at most: a page, and finding something. */
const MOST_PAGE = 10;
const MOST_FIND = 3;
const ROUNDS = 100;

const browser = await launch();
const { page, context } = await visitor(browser, { viewport: DESKTOP });
await enterConsole(page);
const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
const id = (prefix, number) => `${prefix}${(0x2c00000000n + BigInt(number)).toString(16).padStart(32, "0")}`;
const text = async (path) => (await fetchRaw(path, cookie, "identity")).body.toString();
const customer = (await text("/console/customers")).match(/\/console\/customers\/acc_[0-9a-f]{32}/)[0];
const pages = [
  "/console",
  "/console/alerts",
  "/console/alerts?show=all",
  "/console/orders",
  "/console/orders?show=fulfilled",
  "/console/orders?show=refunded",
  `/console/orders/${id("ord_", 7)}`,
  "/console/services",
  "/console/services?show=gone",
  "/console/customers",
  customer,
  "/console/nodes",
  "/console/catalogue",
  "/console/events",
  "/console/events?show=all",
  "/console/outbox",
  "/console/outbox?show=all",
  "/console/tickets",
  "/console/audit",
  "/console/doctor",
  "/console/settings",
  "/console/staff",
  "/console/letters",
];
const finds = [`crowd-77@example.test`, id("ord_", 77), id("svc_", 77), "1000077", id("sub_crowd_", 77), "10.0.0.77:25565", "nothing-of-ours"];
const over = [];
const rest = await idle();
console.log(`the demo by itself: ${(rest * 100).toFixed(1)} % of a core\n`);
console.log("| page | HTML, compressed | CPU a request | while the panel hangs |");
console.log("|---|---|---|---|");
const rows = [];
for (const path of pages) {
  const { status, size } = await fetchRaw(path, cookie);
  if (status !== 200) over.push(`${path}: answered ${status}`);
  rows.push({ path, size, cpu: await cpuOf(path, cookie, ROUNDS, rest) });
}
const hangs = await fetch(`${demo.panel}/__sandbox/faults`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ kind: "timeout", outcome: "never" }),
});
if (!hangs.ok) over.push(`the panel does not hang: ${await hangs.text()}`);
await pause(1000);
for (const row of rows) {
  const hanging = await cpuOf(row.path, cookie, ROUNDS, rest);
  for (const cpu of [row.cpu, hanging]) if (cpu > MOST_PAGE) over.push(`${row.path}: ${cpu.toFixed(2)} ms of CPU, at most ${MOST_PAGE}`);
  console.log(`| ${row.path.replace(/[0-9a-f]{32}/, "…")} | ${(row.size / 1024).toFixed(1)} KiB | ${row.cpu.toFixed(2)} ms | ${hanging.toFixed(2)} ms |`);
}
console.log("\n| found by | leads on | CPU a request |");
console.log("|---|---|---|");
for (const query of finds) {
  const path = `/console/find?q=${encodeURIComponent(query)}`;
  const { status } = await fetchRaw(path, cookie);
  const cpu = await cpuOf(path, cookie, ROUNDS, rest);
  if (cpu > MOST_FIND) over.push(`finding ${query}: ${cpu.toFixed(2)} ms of CPU, at most ${MOST_FIND}`);
  console.log(`| ${query} | ${status === 303 ? "yes" : "–"} | ${cpu.toFixed(2)} ms |`);
}
await browser.close();
agent.destroy();
if (over.length > 0) {
  console.log(`\nover a limit:\n${over.map((line) => `- ${line}`).join("\n")}`);
  process.exitCode = 1;
}
