// Audits pages with Lighthouse, as on a phone: `node audit.mjs URL…`. Says the scores, and ends with 1 where one is below 95.
import { execFileSync } from "node:child_process";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const LEAST = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

const chromePath = process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], { encoding: "utf8" }).trim();
const chrome = await launch({ chromePath, chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"] });
const failed = [];
console.log(`\n| page | ${CATEGORIES.join(" | ")} |`);
console.log(`|---|${"---|".repeat(CATEGORIES.length)}`);
for (const url of process.argv.slice(2)) {
  const { lhr } = await lighthouse(url, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
  const { pathname, search } = new URL(url);
  const scores = CATEGORIES.map((category) => Math.round(lhr.categories[category].score * 100));
  console.log(`| ${pathname}${search} | ${scores.join(" | ")} |`);
  CATEGORIES.forEach((category, index) => {
    if (scores[index] >= LEAST) return;
    const lost = lhr.categories[category].auditRefs
      .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
      .filter(({ score, weight }) => weight > 0 && score !== null && score < 0.9)
      .map(({ id, title, displayValue }) => `${id}: ${title} ${displayValue ?? ""}`);
    failed.push(`${pathname}${search} ${category} ${scores[index]}: ${lost.join("; ")}`);
  });
}
await chrome.kill();
if (failed.length > 0) {
  console.log(`\nbelow ${LEAST}:\n${failed.map((line) => `- ${line}`).join("\n")}`);
  process.exitCode = 1;
}
