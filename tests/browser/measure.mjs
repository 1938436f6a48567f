// Asks a running demo for pages over one connection, and counts what the demo's process spends on it.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { demo } from "./browser.mjs";

export const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** A page as it travels: its bytes, and its text. */
export function fetchRaw(path, cookie = "", encoding = "br, gzip") {
  const url = new URL(path, demo.shop);
  const headers = { cookie, "accept-encoding": encoding, accept: "text/html" };
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers }, (answer) => {
      let size = 0;
      const pieces = [];
      answer.on("data", (piece) => {
        size += piece.length;
        pieces.push(piece);
      });
      answer.on("end", () => resolve({ status: answer.statusCode, size, body: Buffer.concat(pieces) }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** CPU that the demo has used so far, in milliseconds; the kernel counts in steps of ten. */
export function cpuMs() {
  const fields = readFileSync(`/proc/${demo.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the demo uses by itself, per millisecond: its simulators and reconcilers. */
export async function idle() {
  const before = cpuMs();
  await pause(4000);
  return (cpuMs() - before) / 4000;
}

/** Milliseconds of CPU that a request costs, over so many of them. */
export async function cpuOf(path, cookie, rounds, rest) {
  const [began, before] = [performance.now(), cpuMs()];
  for (let round = 0; round < rounds; round += 1) await fetchRaw(path, cookie);
  const took = performance.now() - began;
  return Math.max(0, cpuMs() - before - rest * took) / rounds;
}
