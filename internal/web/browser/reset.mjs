// The forced reset, from the result to the shop's MY page and back.
import assert from "node:assert/strict";
import test from "node:test";
import { accessible, at, desktop, inspect, leave, narrow, phone, post, prove, shoot, sites, valid } from "./kit.mjs";
import { choose, customer, eventually, gone, inspectShop, logIn, oldPassword, open, set, stands, state, ticket } from "./shop.mjs";

const fresh = "momo no hana ga saku";

export default function resets() {
  test("nothing is ordered: the old password still works, and nothing leads to a new one", async () => {
    const page = await customer();
    await prove(page, "momoko@example.com");
    assert.equal(await state(page), "planned");
    assert.equal(await page.locator("#reset-form, #reset-elsewhere").count(), 0);
    assert.equal(await page.locator("#reset-state").count(), 1);
    await inspect(page, "reset-planned");
    await logIn(page, 1, "momoko@example.com");
    await at(page, "home");
    await inspectShop(page, "shop-home");
    await leave(page);
  });

  test("nobody is locked out by a form of another site", async () => {
    const page = await customer();
    await prove(page, "momoko@example.com");
    const r = await page.context().request.post(new URL(`/result/password${new URL(page.url()).search}`, sites.member).href,
      { headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, form: {}, maxRedirects: 0 });
    assert.equal(r.status(), 403);
    await leave(page);
  });

  test("ordered: the old password opens nothing, and other browsers' sessions end", async () => {
    const other = await customer();
    await logIn(other, 2, "emily@example.com");
    await at(other, "home");
    await post("shop/exempt?member=11");
    await post("shop/order");
    const page = await customer();
    await logIn(page, 2, "emily@example.com");
    await at(page, "login");
    const said = await page.locator("#error").innerText();
    await logIn(page, 2, "emily@example.com", "not the password");
    assert.equal(await page.locator("#error").innerText(), said, "a barred member reads what everybody reads");
    await logIn(page, 2, "nobody@example.com");
    assert.equal(await page.locator("#error").innerText(), said);
    assert.match(await page.locator("#notice").innerText(), /お客様情報の確認/);
    await inspectShop(page, "shop-login-wrong");
    await gone(other);
    await logIn(page, 500, "unaffected@example.com");
    await at(page, "home");
    await page.goto(`${sites.shop}/forgot/`);
    assert.equal(await page.locator('meta[name="exposure-forgot"]').getAttribute("content"), "closed");
    assert.equal(await page.locator("form").count(), 0);
    await inspectShop(page, "shop-forgot");
    await leave(page);
    await leave(other);
  });

  for (const [lang, member, address, options] of [
    ["ja", 1, "momoko@example.com", { viewport: phone }],
    ["en", 2, "emily@example.com", { viewport: desktop, locale: "en-GB" }],
    ["ja-easy", 3, "noscript@example.com", { javaScriptEnabled: false, viewport: phone }],
  ]) {
    test(`a new password, ${lang}${options.javaScriptEnabled === false ? ", without JavaScript" : ""}`, () => renew(lang, member, address, options));
  }

  test("what the form refuses it refuses with the reason, and nothing is cut off", async () => {
    const page = await customer();
    await prove(page, "strict@example.com");
    await choose(page);
    for (const [wrong, password, again] of [
      ["short", "hinatomomo1"], ["long", "ab cde ".repeat(29)], ["address", "strict@example.com"], ["common", "Password1234"],
      ["old", await oldPassword(10)], ["differ", fresh, `${fresh}!`],
    ]) {
      await set(page, password, again);
      await at(page, "new");
      assert.equal(await page.locator("body").getAttribute("data-wrong"), `wrong.${wrong}`);
      assert.equal(await page.inputValue("#password"), "", "what was typed is not shown back");
      assert.match(await page.title(), /^エラー：/);
    }
    await inspectShop(page, "shop-new-wrong");
    await page.click("#show");
    assert.equal(await page.locator("#password").getAttribute("type"), "text");
    await page.click("#show");
    const long = "ひなまつり 桃の花 ".repeat(20);
    await page.locator("#password").evaluate((e, v) => { e.value = v; }, long); // pasted
    await page.locator("#again").evaluate((e, v) => { e.value = v; }, long);
    await page.click("#change");
    await at(page, "done");
    await page.click("#home");
    await page.click("#logout");
    for (const [password, name] of [[long.slice(0, -1), "login"], [long, "home"]]) {
      await logIn(page, 10, "strict@example.com", password);
      await at(page, name);
    }
    await leave(page);
  });

  test("a ticket opens once, and a later one makes an earlier one worthless", async () => {
    const page = await customer();
    await prove(page, "twice@example.com");
    const first = await ticket(page);
    const second = await ticket(page);
    assert.notEqual(first, second);
    await open(page, first);
    await at(page, "expired");
    await page.goto(second);
    await at(page, "ticket");
    await inspectShop(page, "shop-ticket"); // opened many times: that spends nothing
    await page.click("#open");
    await at(page, "new");
    assert.doesNotMatch(page.url(), /ticket/, "the ticket has left the address bar");
    const thief = await customer();
    await open(thief, second);
    await at(thief, "expired");
    await inspectShop(thief, "shop-expired", 410);
    await leave(thief);
    const right = (await page.context().cookies(sites.shop)).filter((c) => c.name.endsWith("shop-ticket"));
    assert.equal(right.length, 1);
    await set(page, fresh);
    await at(page, "done");
    await page.goBack();
    await at(page, "expired");
    await page.context().addCookies(right);
    await page.reload();
    await at(page, "expired");
    const again = await page.context().request.post(`${sites.shop}/mypage/new-password`, { form: { password: `${fresh} again`, again: `${fresh} again` } });
    assert.equal(again.status(), 410, "a right is used once");
    await leave(page);
  });

  test("after a quarter of an hour a ticket is worth nothing, and the page says how to go on", async () => {
    const page = await customer();
    await prove(page, "late@example.com");
    const late = await ticket(page);
    await post("clock?by=15m1s");
    await open(page, late);
    await at(page, "expired");
    assert.match(await page.locator("#text").innerText(), /お客様情報の確認/);
    await post("clock?by=0s");
    await open(page, late);
    await at(page, "new"); // the clock alone decides
    await post("clock?by=15m1s");
    await set(page, fresh);
    await at(page, "expired");
    await post("clock?by=0s");
    await leave(page);
  });

  test("a mailbox that is not the login address starts nothing, and is not told which is", async () => {
    const page = await customer();
    await prove(page, "recycled@example.com");
    assert.equal(await state(page), "required");
    assert.equal(await page.locator("#reset-form").count(), 0);
    assert.equal(await page.locator("#reset-elsewhere").count(), 1);
    await inspect(page, "reset-elsewhere");
    await page.evaluate(() => {
      const form = document.getElementById("finish-form");
      form.action = form.action.replace("/finish", "/password");
      form.submit();
    });
    await page.waitForURL(/result\/password/);
    await at(page, "trouble", "reset-not-applicable");
    assert.doesNotMatch(await page.locator("#main").innerText(), /moved|example/);
    for (const lang of ["ja", "en", "ja-easy"]) {
      const r = await page.context().request.post(`${page.url().split("?")[0]}?lang=${lang}`, { form: {} });
      assert.equal(r.status(), 409);
      await valid(await r.text());
    }
    await accessible(page);
    await narrow(page);
    await shoot(page, "reset-refused-ja");
    await page.click("#back");
    await at(page, "result");
    await leave(page);
  });

  test("two members with one mailbox choose, one after the other", async () => {
    const page = await customer();
    await prove(page, "couple@example.com");
    await choose(page);
    assert.equal(await page.locator("#members input").count(), 2);
    await set(page, fresh);
    assert.equal(await page.locator("body").getAttribute("data-wrong"), "wrong.which");
    await inspectShop(page, "shop-new-two");
    await page.check("#member-8");
    await set(page, `${fresh} of eight`);
    await at(page, "done");
    await page.click("#more");
    await set(page, `${fresh} of seven`);
    await at(page, "done");
    for (const [member, password] of [[7, `${fresh} of seven`], [8, `${fresh} of eight`]]) {
      await logIn(page, member, "couple@example.com", password);
      assert.equal(await page.locator("#member").innerText(), String(member));
      assert.equal(await stands(member), "completed");
    }
    await leave(page);
  });

  test("every other state has its words", async () => {
    await post("shop/unverified?member=9");
    for (const [address, name, buttons] of [["unverified@example.com", "changed_unverified", 1], ["exempt@example.com", "exempt", 0],
      ["momoko@example.com", "completed", 0], ["late@example.com", "ticket_issued", 1]]) {
      const page = await customer();
      await prove(page, address);
      assert.equal(await state(page), name);
      assert.equal(await page.locator("#reset").count(), buttons, name);
      assert.equal(await page.locator("#reset-state").count(), buttons, name);
      await inspect(page, `reset-${name}`, { away: buttons > 0 });
      await leave(page);
    }
    const page = await customer();
    await prove(page, "buyer@example.com");
    await inspect(page, "reset-guest", { guest: true });
    assert.equal(await state(page), undefined);
    await leave(page);
  });

  test("while the look-up is away the last list decides, and what was not heard is told later", async () => {
    const page = await customer();
    await prove(page, "away@example.com");
    await choose(page);
    await post("shop/cut");
    await set(page, fresh);
    await at(page, "done");
    assert.equal(await stands(12), "ticket_issued", "nothing was heard");
    await page.click("#home");
    await at(page, "home");
    const other = await customer();
    await logIn(other, 6, "moved@example.com");
    await at(other, "login");
    await logIn(other, 500, "unaffected@example.com");
    await at(other, "home");
    await open(other, `${sites.shop}/mypage/new-password?ticket=${"A".repeat(43)}`);
    await at(other, "away");
    await inspectShop(other, "shop-away", 503);
    await post("shop/mend");
    await other.click("#retry");
    await at(other, "expired"); // it was asked about again
    await eventually(async () => await stands(12) === "completed");
    await page.goto(`${sites.shop}/mypage/`);
    await at(page, "home");
    await leave(page);
    await leave(other);
  });
}

// renew is the whole way.
async function renew(lang, member, address, options) {
  const page = await customer(options);
  await prove(page, address, lang);
  assert.equal(await state(page), "required");
  const result = page.url();
  if (lang === "ja") await inspect(page, "reset-required", { away: true });
  await page.goto(result);
  await choose(page);
  assert.equal(page.url().split("?")[0], `${sites.shop}/mypage/new-password`, "a clean address");
  assert.equal(await page.locator("html").getAttribute("lang"), lang === "en" ? "en" : "ja");
  await page.locator("#show").waitFor({ state: options.javaScriptEnabled === false ? "hidden" : "visible" });
  if (options.javaScriptEnabled !== false) await inspectShop(page, `shop-new-${member}`);
  await page.goto(result);
  assert.equal(await state(page), "ticket_issued");
  await choose(page);
  await set(page, fresh);
  await at(page, "done");
  if (options.javaScriptEnabled !== false) await inspectShop(page, `shop-done-${member}`, 200, false);
  assert.equal(await stands(member), "completed");
  await page.goto(result);
  assert.equal(await state(page), "completed");
  assert.equal(await page.locator("#reset-form").count(), 0);
  await page.goto(`${sites.shop}/mypage/`);
  await at(page, "home");
  const other = await customer();
  await logIn(other, member, address);
  await at(other, "login");
  await logIn(other, member, address, fresh);
  await at(other, "home");
  await leave(other);
  await leave(page);
}
