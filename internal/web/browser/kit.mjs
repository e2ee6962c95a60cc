// What the tests of the pages share: a browser, the mailbox and the checks that every page
// must pass in every language.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";

const stage = JSON.parse(process.env.EXPOSURE_STAGE); // where the servers are; see browser_test.go
export const base = stage.base, sites = stage, languages = ["ja", "en", "ja-easy"];
const shots = process.env.EXPOSURE_SCREENSHOTS ?? "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const validator = new HtmlValidate({ extends: ["html-validate:standard", "html-validate:document"], rules: {
  "no-trailing-whitespace": "off", // of no meaning to anybody
  "long-title": "off", // the site's name is the shop's
  "require-sri": "off", // both files are ours, on the same host, named after their content
} });

export const phone = { width: 360, height: 640 }, desktop = { width: 1280, height: 800 };

let browser;
export async function launch() {
  browser = await chromium.launch({ executablePath: stage.chromium, args: ["--no-sandbox", "--disable-quic"] });
  return browser;
}

// visitor is a browser of its own, on a network of its own.
let visitors = 0;
export async function visitor(options = {}) {
  visitors++;
  const { locale = "ja-JP", also = [], ...more } = options;
  const own = new URL(more.baseURL ?? base).origin;
  const context = await browser.newContext({
    baseURL: base, ignoreHTTPSErrors: true, viewport: phone, locale, reducedMotion: "reduce",
    extraHTTPHeaders: { "X-Stage-Client": `203.0.113.${visitors}` }, ...more,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const strange = [];
  context.on("request", (r) => {
    if (![own, ...also].includes(new URL(r.url()).origin)) strange.push(r.url());
  });
  page.on("console", (m) => {
    if (m.type() === "error" && !/status of (4|5)\d\d/.test(m.text())) strange.push(m.text());
  });
  page.on("pageerror", (e) => strange.push(String(e)));
  context.strange = strange;
  return page;
}

export async function leave(page) {
  const strange = page.context().strange;
  await page.context().close();
  assert.deepEqual(strange, [], "requests to others, or errors on the page");
}

export const post = async (what) => assert.equal((await fetch(`${stage.control}/${what}`, { method: "POST" })).status, 204, what);

// mail waits for the n-th mail of an address.
export async function mail(address, n = 1) {
  const r = await fetch(`${stage.control}/mail?n=${n}&to=${encodeURIComponent(address)}`);
  assert.equal(r.status, 200, `mail ${n}`);
  const m = await r.json();
  const code = /^(?:確認コード|Your code): ([0-9-]+)/m.exec(m.body);
  assert.ok(code, "the mail holds a code on a line of its own");
  return { ...m, code: code[1] };
}

export const mails = async (address) => Number(await (await fetch(`${stage.control}/mails?to=${encodeURIComponent(address)}`)).text());

// ask begins a look-up and returns the mail.
export async function ask(page, address, lang = "ja") {
  const before = await mails(address);
  await page.goto(`/lookup?lang=${lang}`);
  await page.fill("#address", address);
  await page.click("#send");
  await at(page, "code");
  return mail(address, before + 1);
}

export async function prove(page, address, lang = "ja") {
  const m = await ask(page, address, lang);
  await page.fill("#code", m.code);
  await page.click("#check");
  await at(page, "result");
}

export async function at(page, name, state) {
  const body = page.locator("body");
  assert.equal(await body.getAttribute("data-page"), name, `the page is ${page.url()}`);
  if (state !== undefined) assert.equal(await body.getAttribute("data-state"), state);
}

// inLanguage is the same page and state in another language.
function inLanguage(url, lang) {
  const u = new URL(url);
  u.searchParams.set("lang", lang);
  return u.href;
}

// outline is the structure of a page without its words.
const outline = () => [...document.querySelectorAll("body, body *:not(ruby *, ruby)")]
  .filter((e) => /^(BODY|H[1-6]|UL|OL|DL|LI|DT|DD|FORM|INPUT|BUTTON|SECTION|NAV|HEADER|MAIN|FOOTER|TIME|LABEL)$/.test(e.tagName) || e.id)
  .map((e) => [e.tagName, e.id, e.dataset.state, e.dataset.category, e.dataset.cohort, e.dataset.action].filter(Boolean).join(" "));

// Words that no page may say: that somebody is safe, that a code is wrong, that somebody
// is not concerned.
const forbidden = /安全です|ご安心|問題ありません|対象外|確認コードが違います|You are safe|no need to worry|not affected|wrong code/i;
const password = /パスワード|マイページ|MYページ|password|my page/i;

// inspect checks the page that is open, in every language, light and dark, narrow and wide.
// One whose form leads away may send it to the shop, and no other.
export async function inspect(page, name, { guest = false, status = 200, away = false } = {}) {
  const here = page.url(), found = [];
  const check = async (label, what) => {
    try { await what(); } catch (e) { found.push(`${label}: ${e.message}`); }
  };
  let first;
  for (const lang of languages) {
    await page.goto(inLanguage(here, lang));
    const label = `${name} ${lang}`;
    await check(label, async () => assert.equal(await page.locator("html").getAttribute("lang"), lang === "ja-easy" ? "ja" : lang));
    const raw = await page.context().request.get(page.url());
    await check(label, () => assert.equal(raw.status(), status));
    await check(label, async () => valid(await raw.text()));
    await check(label, () => headers(raw.headers(), away));
    await check(label, () => words(page, guest));
    const structure = await page.evaluate(outline);
    first ??= structure;
    await check(label, () => assert.deepEqual(structure, first, "another structure than in Japanese"));
    await check(label, () => help(page));
    for (const colorScheme of lang === "ja" ? ["light", "dark"] : ["light"]) {
      await page.emulateMedia({ colorScheme });
      await check(`${label} ${colorScheme}`, () => accessible(page));
    }
    await page.emulateMedia({ colorScheme: "light" });
    await check(label, () => narrow(page));
    await shoot(page, `${name}-${lang}`);
  }
  await page.goto(inLanguage(here, "ja"));
  assert.deepEqual(found, []);
}

async function words(page, guest) {
  const text = await page.evaluate(() => document.body.innerText);
  assert.doesNotMatch(text, forbidden);
  if (guest) assert.doesNotMatch(await page.evaluate(() => document.getElementById("main").innerText), password);
}

export async function valid(html) {
  const report = await validator.validateString(html);
  const found = report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} at ${m.line}:${m.column}: ${m.message}`));
  assert.deepEqual(found, [], "HTML");
}

function headers(h, away) {
  const want = {
    "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
  };
  for (const [name, value] of Object.entries(want)) assert.equal(h[name], value, name);
  const policy = h["content-security-policy"];
  assert.match(policy, /^default-src 'none';/);
  assert.equal(policy.includes(` form-action 'self' ${stage.shop};`), away, policy);
  assert.doesNotMatch(policy.replace(` ${stage.shop};`, ";"), /unsafe|\*|data:|http/);
}

export async function accessible(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const r = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  assert.deepEqual(found, [], "axe");
}

// narrow: at 320 px (and so at 200 % of 640 px) nothing has to be scrolled sideways, and
// what is pressed is large enough for a thumb.
export async function narrow(page) {
  await page.setViewportSize({ width: 320, height: 568 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} px wide at 320 px`);
  const small = await page.evaluate(() => [...document.querySelectorAll("button, input, a.button")]
    .filter((e) => e.checkVisibility()).map((e) => [e.id, e.getBoundingClientRect().height]).filter(([, h]) => h < 44));
  assert.deepEqual(small, [], "too small to press");
  await page.setViewportSize(phone);
}

// help is at the same place on every page: the last thing, with phone, hours and mail.
async function help(page) {
  assert.equal(await page.locator("body > footer:last-of-type > section#help:first-child").count(), 1);
  assert.match(await page.locator("#help-phone").getAttribute("href"), /^tel:/);
  assert.match(await page.locator("#help-now").getAttribute("data-open"), /^(yes|no)$/);
}

export async function shoot(page, name) {
  if (shots === "") return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  await page.screenshot({ path: join(shots, `${name}-top.png`), fullPage: true, clip: { x: 0, y: 0, width: phone.width, height: 760 } });
}

export async function tabTo(page, id) {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate(() => document.activeElement.id) === id) {
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(ring, "none", `${id}: the focus is visible`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`${id} cannot be reached by keyboard at ${base}`);
}
