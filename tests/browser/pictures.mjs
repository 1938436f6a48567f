// Draws the picture that others show when they link to a page of the shop: one for each game with its emblem, one for all. They name no shop,
// because every shop has its own name. `node pictures.mjs` writes them beside the emblems; they are part of the program. Afterwards
// `pngquant 24 --speed 1 --strip --ext .png --force picture-*.png` leaves a quarter of them.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { launch } from "./chromium.mjs";

const ASSETS = new URL("../../crates/app/src/web/assets/", import.meta.url).pathname;
const GAMES = new URL("../../catalogue/games/", import.meta.url).pathname;
const SIZE = { width: 1200, height: 630 };

const nameOf = (toml) => /^name = "(.*)"$/m.exec(toml)?.[1];
const games = readdirSync(GAMES).map((file) => [file.replace(".toml", ""), nameOf(readFileSync(GAMES + file, "utf8"))]);
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Towers along the lower edge, in flat colours: few colours make a small file. */
const WALL = `<svg viewBox="0 0 1200 200" width="1200" height="200" preserveAspectRatio="none">
<path fill="#1f5b4c" d="M0 120 h80 v-60 h20 v20 h20 v-20 h20 v20 h20 v-20 h20 v60 h240 v-20 h30 v20 h30 v-20 h30 v20 h260 v-90 h24 v24 h24 v-24 h24 v24 h24 v-24 h24 v90 h190 v-20 h30 v20 h30 v-20 h30 v20 h40 v80 H0z"/>
<path fill="#164539" d="M0 165 q300 -40 620 0 t580 -10 V200 H0z"/></svg>`;

const page = (emblem, title) => `<!doctype html><style>
* { box-sizing: border-box; margin: 0 }
body { width: 1200px; height: 630px; background: #faf6ec; color: #24201a; font-family: "P052", "URW Palladio L", Palatino, Georgia, serif; overflow: hidden; position: relative }
main { display: flex; align-items: center; gap: 56px; padding: 0 84px; height: 450px }
.crest { flex: none; width: 220px; height: 250px; background: #f7e9c4; color: #8a5a09; clip-path: polygon(0 0, 100% 0, 100% 68%, 50% 100%, 0 68%); display: grid; place-items: center; padding-bottom: 34px }
.crest svg { width: 136px; height: 136px }
h1 { font-size: ${title.length > 18 ? 72 : 92}px; line-height: 1.08; font-weight: 600; letter-spacing: -.01em }
p { font: 32px/1.35 "DejaVu Sans", Arial, sans-serif; color: #5d5546; margin-top: 22px }
.wall { position: absolute; left: 0; bottom: 0; line-height: 0 }
</style><main><div class="crest">${emblem}</div><div><h1>${escaped(title)}</h1><p>Ready when the game answers,<br>or your money back.</p></div></main><div class="wall">${WALL}</div>`;

const browser = await launch();
const tab = await browser.newPage({ viewport: SIZE });
for (const [key, name] of [...games, ["any", "Game servers"]]) {
  let emblem;
  try {
    emblem = readFileSync(`${ASSETS}emblem-${key}.svg`, "utf8");
  } catch {
    continue; // it has the shop's own
  }
  await tab.setContent(page(emblem, key === "any" ? name : `${name} server`));
  const file = `${ASSETS}picture-${key}.png`;
  writeFileSync(file, await tab.screenshot({ type: "png" }));
  console.log(`${file}: ${Math.round(statSync(file).size / 1024)} KiB`);
}
await browser.close();
