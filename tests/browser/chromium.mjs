// The Chromium of this machine, without a window.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const named = ["chromium", "chromium-browser"].flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = process.env.CHROMIUM ?? named.find(isProgram);
  if (!found) throw new Error("no Chromium on PATH; hint: run scripts/setup, or name one in CHROMIUM");
  return found;
}

/** Starts Chromium with a folder of its own, which is removed when it is closed. */
export const launch = () => chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
