// Alert rules and the dashboard name nothing that the program does not export, and every rule is tested and explained. GIVR_METRICS says
// where a shop's metrics are; scripts/check-serving starts one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const folder = "deploy/observability";
const rules = readFileSync(`${folder}/givr.rules.yml`, "utf8");
const tests = readFileSync(`${folder}/givr.rules.test.yml`, "utf8");
const dashboard = JSON.parse(readFileSync(`${folder}/dashboard.json`, "utf8"));
const promtool = [...process.env.PATH.split(":")].map((place) => `${place}/promtool`).find(existsSync);

/** What the program's text exports: names, with the labels that each carries. */
const declared = new Map();
const described = new Set();
for (const file of readdirSync("crates", { recursive: true }).filter((file) => /\/src\/.*\.rs$/.test(file))) {
  const text = readFileSync(`crates/${file}`, "utf8");
  for (const [, name] of text.matchAll(/metrics::describe_\w+!\(\s*"(\w+)"/g)) described.add(name);
  for (const [, name, labels] of text.matchAll(/metrics::\w+!\(\s*"(\w+)"((?:,\s*"\w+"\s*=>[^,()]*(?:\(\))?)*)/g)) {
    const known = declared.get(name) ?? new Set();
    for (const [, label] of labels.matchAll(/"(\w+)"\s*=>/g)) known.add(label);
    declared.set(name, known);
  }
}
/** Labels that Prometheus adds to whatever it reads. */
const added = ["job", "instance", "alertname", "severity", "le"];

const alerts = rules.split(/^\s+- alert: /m).slice(1).map((text) => ({ name: text.match(/^\w+/)[0], text }));
const expressions = [
  ...alerts.map(({ name, text }) => ({ where: `alert ${name}`, text: text.slice(text.indexOf("expr:"), text.indexOf("labels:")) })),
  ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ where: `panel ${panel.title}`, text: target.expr, legend: target.legendFormat }))),
];
const named = (text) => [...text.matchAll(/\b(givr_\w+?)(?:_bucket|_sum|_count)?\b(?:\{([^}]*)\})?/g)].map(([, name, matchers]) => ({ name, matchers: matchers ?? "" }));

test("rules and panels name metrics and labels of the program only", () => {
  assert.ok(declared.size > 10, "the program's metrics were not found");
  for (const { where, text, legend } of expressions) {
    const labels = [...named(text).flatMap(({ matchers }) => [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label))];
    for (const [, list] of text.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)) labels.push(...list.split(",").map((label) => label.trim()));
    for (const [, label] of (legend ?? "").matchAll(/\{\{(\w+)\}\}/g)) labels.push(label);
    const known = new Set(added);
    for (const { name } of named(text)) {
      assert.ok(declared.has(name), `${where}: ${name} is not exported`);
      declared.get(name).forEach((label) => known.add(label));
    }
    for (const label of labels) assert.ok(known.has(label), `${where}: no metric in it has a label ${label}`);
  }
});

test("every metric of the program is on the dashboard", () => {
  const shown = new Set(dashboard.panels.flatMap((panel) => panel.targets ?? []).flatMap(({ expr }) => named(expr).map(({ name }) => name)));
  assert.deepEqual([...declared.keys()].filter((name) => !shown.has(name)), []);
});

test("every metric of the program is described, for the reader of its text and of the document", () => {
  const explained = readFileSync("docs/monitoring.md", "utf8");
  for (const name of declared.keys()) {
    assert.ok(described.has(name), `${name} has no describe_…!`);
    assert.ok(explained.includes(`\`${name}`), `docs/monitoring.md does not name ${name}`);
  }
});

test("a shop that serves exports them", async () => {
  const text = await (await fetch(`http://${process.env.GIVR_METRICS}/metrics`)).text();
  const exported = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  for (const name of exported) assert.ok(declared.has(name), `${name} was not found in the program's text`);
  // Whatever has labels that are known beforehand is there from the start, with 0; these have those of what happened.
  const later = ["givr_retention_removed_total", "givr_provisioning_seconds", "givr_node_memory_mib", "givr_node_disk_mib", "givr_node_ports"];
  for (const name of [...declared.keys()].filter((name) => !later.includes(name))) assert.ok(exported.has(name), `${name} is not exported`);
  assert.match(text, /^givr_webhooks_total\{result="failed"\} 0$/m);
  assert.match(text, /^# HELP givr_http_requests_total /m);
  console.log(`metrics: ${declared.size} in the program, ${exported.size} set off in this run; ${alerts.length} alerts, ${dashboard.panels.length} panels`);
});

test("every alert says how bad it is, is explained, and is tested both ways", () => {
  const explained = readFileSync("docs/monitoring.md", "utf8");
  for (const { name, text } of alerts) {
    assert.match(text, /severity: (critical|warning)/, name);
    assert.match(text, /summary: /, name);
    assert.ok(text.includes(`runbook: docs/monitoring.md#${name.toLowerCase()}\n`), `${name} names its section`);
    assert.match(explained, new RegExp(`^## ${name}$`, "m"), `docs/monitoring.md has a section for ${name}`);
    const opens = new RegExp(`alertname: ${name}\\n\\s+exp_alerts:`).test(tests);
    const stays = new RegExp(`alertname: ${name} }`).test(tests);
    assert.ok(opens && stays, `${name} has a test that opens it and one that does not`);
  }
});

test("promtool accepts the rules, and they do what their tests say", { skip: promtool ? false : "no promtool here" }, () => {
  execFileSync(promtool, ["check", "rules", "--lint-fatal", `${folder}/givr.rules.yml`], { stdio: "pipe" });
  execFileSync(promtool, ["test", "rules", `${folder}/givr.rules.test.yml`], { stdio: "pipe" });
});
