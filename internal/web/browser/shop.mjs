// The shop of the reset's journeys: its pages, and how its members stand.
import assert from "node:assert/strict";
import { accessible, at, narrow, shoot, sites, valid, visitor } from "./kit.mjs";

export const customer = (options = {}) => visitor({ baseURL: sites.member, also: [sites.shop], ...options });

export const state = async (page) => await page.locator("#actions").getAttribute("data-reset") ?? undefined;

export const stands = async (member) => (await fetch(`${sites.control}/shop/state?member=${member}`)).text();

export const oldPassword = async (member) => (await fetch(`${sites.control}/shop/password?member=${member}`)).text();

export async function logIn(page, member, address, password) {
  password ??= await oldPassword(member);
  await page.goto(`${sites.shop}/mypage/login`);
  await page.fill("#address", address);
  await page.fill("#password", password);
  await page.click("#login");
  await page.waitForLoadState();
}

export async function set(page, password, again = password) {
  await page.fill("#password", password);
  await page.fill("#again", again);
  await page.click("#change");
  await page.waitForLoadState();
}

// open opens the shop's page with a ticket, and presses its button.
export async function open(page, url) {
  await page.goto(url);
  await at(page, "ticket");
  await page.click("#open");
}

// choose goes from the result to the form for a new password.
export async function choose(page) {
  await page.click("#reset");
  await at(page, "ticket");
  await page.click("#open");
  await at(page, "new");
}

// ticket is where the button leads, not gone to.
export async function ticket(page) {
  const action = new URL(await page.locator("#reset-form").getAttribute("action"), sites.member).href;
  const r = await page.context().request.post(action, { form: {}, maxRedirects: 0 });
  assert.equal(r.status(), 303);
  const url = r.headers().location;
  assert.ok(url.startsWith(`${sites.shop}/mypage/new-password?ticket=`) && /=[\w-]{43}$/.test(url));
  return url;
}

// gone waits until a session has ended: the shop pulls the list every moment.
export async function gone(page) {
  await eventually(async () => {
    await page.goto(`${sites.shop}/mypage/`);
    return await page.locator("body").getAttribute("data-page") === "login";
  });
}

export async function eventually(is) {
  for (const end = Date.now() + 30_000; Date.now() < end;) if (await is()) return;
  assert.fail("it did not come to that");
}

// inspectShop checks a page of the shop's.
export async function inspectShop(page, name, status = 200, languages = true) {
  const here = page.url();
  for (const lang of languages ? ["en", "ja"] : ["ja"]) {
    const u = new URL(here);
    u.searchParams.set("lang", lang);
    if (languages && status === 200) await page.goto(u.href);
    if (status === 200 && languages) {
      const r = await page.context().request.get(page.url());
      await valid(await r.text());
      assert.match(r.headers()["content-security-policy"], /^default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self';/);
      assert.equal(r.headers()["referrer-policy"], "no-referrer");
      assert.equal(r.headers()["cache-control"], "no-store");
    }
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await accessible(page);
    }
    await narrow(page);
    await shoot(page, `${name}-${lang}`);
  }
}
