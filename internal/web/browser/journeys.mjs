// Whole journeys, as people make them.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, at, base, desktop, languages, leave, mail, mails, phone, prove, tabTo, visitor } from "./kit.mjs";
import { wrong } from "./states.mjs";

const listed = ["card.member@example.com", "member.buyer@example.com", "guest@example.com", "member.only@example.com",
  "guest.flag@example.com", "member.flag@example.com"];

export default function journeys() {
  let n = 0;
  for (const lang of languages) {
    for (const javaScriptEnabled of [true, false]) {
      const address = listed[n++];
      test(`${lang}, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => whole(address, lang, javaScriptEnabled));
    }
  }

  test("a script is a comfort only: the countdown and the typo hint", async () => {
    const page = await visitor();
    await page.goto("/lookup");
    await page.fill("#address", "hanako@docomo.ne.jo");
    await page.locator("#typo-hint:not([hidden])").waitFor();
    assert.equal(await page.inputValue("#address"), "hanako@docomo.ne.jo", "nothing is corrected by itself");
    await ask(page, "late.member@example.com");
    await page.locator("#resend:disabled").waitFor(); // as soon as the script has run: send again waits
    await leave(page);
  });

  test("a suggested address is used only when it is chosen", async () => {
    const page = await visitor();
    for (const [button, address] of [["#send-typed", "taro@example.con"], ["#send-corrected", "taro@example.com"]]) {
      await page.goto("/lookup");
      await page.fill("#address", "taro@gmial.com");
      await page.click("#send");
      assert.equal(await page.inputValue("#address"), "taro@gmial.com");
      await page.click(button);
      await at(page, "code");
      const sent = await page.locator("#sent").innerText();
      assert.match(sent, button === "#send-typed" ? /taro@gmial\.com/ : /taro@gmail\.com/, address);
    }
    await leave(page);
  });

  test("keyboard only", async () => {
    const page = await visitor({ viewport: desktop });
    await page.goto("/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop skips the head");
    await tabTo(page, "start");
    await page.keyboard.press("Enter");
    await page.waitForURL(/lookup/);
    await tabTo(page, "address");
    await page.keyboard.type("guest.later.member@example.com");
    await page.keyboard.press("Enter");
    await page.waitForURL(/code/);
    const m = await mail("guest.later.member@example.com");
    await tabTo(page, "code");
    await page.keyboard.type(m.code);
    await page.keyboard.press("Enter");
    await page.waitForURL(/result/);
    await tabTo(page, "finish");
    await page.keyboard.press("Enter");
    await page.waitForURL(/finished/);
    await leave(page);
  });

  test("reload, back, the mail app, a second tab", async () => {
    const page = await visitor();
    const one = await ask(page, "guest.gift@example.com");
    const first = page.url();
    await page.reload();
    await at(page, "code");
    const other = await page.context().newPage(); // the mail app on the same phone, and a second look-up
    const two = await ask(other, "provisional@example.com");
    await page.goto("about:blank");
    await page.goBack();
    await at(page, "code");
    assert.match(await page.locator("#sent").innerText(), /guest\.gift/);
    await page.fill("#code", one.code);
    await page.click("#check");
    await at(page, "result");
    await page.reload();
    await at(page, "result");
    await other.fill("#code", two.code);
    await other.click("#check");
    await at(other, "result");
    assert.match(await other.locator("#checked-address").innerText(), /provisional/);
    assert.match(await page.locator("#checked-address").innerText(), /guest\.gift/);
    await page.goto(first);
    await at(page, "used");
    await leave(page);
  });

  test("a button pressed twice is pressed once: one mail, no refusal, the answer", async () => {
    const address = "presses.twice@example.com";
    const page = await visitor();
    await page.goto("/lookup");
    await page.fill("#address", address);
    await page.dblclick("#send");
    await page.waitForURL(/code/);
    const m = await mail(address);
    await page.fill("#code", m.code);
    await page.dblclick("#check");
    await page.waitForURL(/result/);
    await at(page, "result", "not_listed");
    assert.equal(await mails(address), 1);
    await leave(page);
  });

  test("a code in another spelling, and one refused before", async () => {
    const page = await visitor();
    const m = await ask(page, "withdrawn@example.com");
    await page.fill("#code", wrong(m.code));
    await page.click("#check");
    await page.fill("#code", `確認コード： ${m.code.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))}`);
    await page.click("#check");
    await at(page, "result");
    await leave(page);
  });

  test("a mail sent again adds a code: the late first one is accepted, and the long one as well", async () => {
    const address = "asks.again@example.com";
    const page = await visitor();
    const before = await mails(address);
    const one = await ask(page, address);
    await page.waitForFunction(() => !document.getElementById("resend").disabled, undefined, { timeout: 90_000 });
    await page.click("#resend");
    await at(page, "code", "resent");
    await mail(address, before + 2);
    await page.fill("#code", one.code);
    await page.click("#check");
    await at(page, "result");
    for (let n = before + 3; ; n++) { // from the third mail of a day on codes are long
      const again = await visitor();
      const m = await ask(again, address);
      if (m.code.replace(/\D/g, "").length === 20) {
        await again.fill("#code", m.code);
        await again.click("#check");
        await at(again, "result");
        await leave(again);
        break;
      }
      assert.ok(n < before + 6, "a long code came");
      await again.context().close();
    }
    await leave(page);
  });

  test("over the wire: landing at most 40 KB, result at most 60 KB", async () => {
    for (const [what, most, go] of [["landing", 40_000, (p) => p.goto("/")], ["result", 60_000, (p) => prove(p, "card.guest@example.com")]]) {
      const page = await visitor();
      if (what === "result") await go(page);
      const url = what === "result" ? page.url() : "/";
      const cdp = await page.context().newCDPSession(page);
      let bytes = 0;
      await cdp.send("Network.enable");
      await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
      cdp.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
      await page.goto(url, { waitUntil: "networkidle" });
      assert.ok(bytes > 1000 && bytes <= most, `${what}: ${bytes} bytes`);
      console.log(`${what}: ${bytes} bytes over the wire`);
      await leave(page);
    }
  });
}

// whole is the journey from the first page to the last.
async function whole(address, lang, javaScriptEnabled) {
  const page = await visitor({ javaScriptEnabled, viewport: javaScriptEnabled ? phone : desktop });
  const before = await mails(address);
  await page.goto("/");
  await page.click(`#languages a[href*="lang=${lang}"]`);
  assert.equal(await page.locator("html").getAttribute("lang"), lang === "ja-easy" ? "ja" : lang);
  assert.equal(await page.locator("#main ruby").count() > 0, lang === "ja-easy", "readings above the kanji of easy Japanese");
  await page.click("#start");
  await at(page, "address");
  await page.fill("#address", address);
  await page.click("#send");
  await at(page, "code");
  const cookies = await page.context().cookies();
  assert.ok(cookies.length > 0 && cookies.every((c) => c.name.startsWith("__Host-") && c.secure && c.httpOnly && c.path === "/"), "cookies");
  const m = await mail(address, before + 1);
  await page.fill("#code", m.code);
  await page.click("#check");
  await at(page, "result");
  assert.equal(await page.locator("html").getAttribute("lang"), lang === "ja-easy" ? "ja" : lang);
  assert.equal(await page.locator(".answer-listed h1").count(), 1, "the answer comes first");
  assert.equal(await page.evaluate(() => document.querySelector("#main h1").compareDocumentPosition(document.getElementById("actions")) & 4), 4);
  const result = page.url(), number = await page.locator("#check-number").innerText();
  assert.doesNotMatch(m.body, new RegExp(number.replace(/\s/g, ".*")), "no code mail holds the check number");
  await page.click("#finish");
  await at(page, "finished");
  assert.deepEqual((await page.context().cookies()).filter((c) => /result/.test(c.name)), [], "the right to read is gone");
  await page.goBack();
  assert.equal(await page.locator("#check-number").count(), 0, "going back shows nothing personal");
  await page.goto(result);
  assert.notEqual(await page.locator("body").getAttribute("data-page"), "result");
  await leave(page);
}
