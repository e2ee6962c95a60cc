// The call centre's desk, as agents work: by keyboard alone and without scripts.
import assert from "node:assert/strict";
import test from "node:test";
import { accessible, at, leave, narrow, shoot, sites, valid, visitor } from "./kit.mjs";

const wide = { width: 1440, height: 900 };
const control = (what, method = "GET") => fetch(`${sites.control}/${what}`, { method });
const hand = async (what) => assert.equal((await control(what, "POST")).status, 204, what);
const mailed = async (to) => Number(await (await control(`mails?to=${encodeURIComponent(to)}`)).text());
const own = {}; // passwords that agents have chosen

// phoneCode waits until an address has more mails than before, and reads the newest.
async function phoneCode(to, before) {
  for (let i = 0; i < 300 && await mailed(to) <= before; i++) await new Promise((wait) => setTimeout(wait, 50));
  const r = await control(`phone-code?to=${encodeURIComponent(to)}`);
  assert.equal(r.status, 200);
  return r.text();
}

const wrong = (code) => code.replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10));

// seat is a browser without scripts at the desk.
const seat = () => visitor({ javaScriptEnabled: false, viewport: wide });

// focused is the id of what has the focus. Playwright asks in a world of its own, which
// pages without scripts have as well.
const focused = (page) => page.evaluate(() => document.activeElement.id);

// to moves the focus by Tab alone.
async function to(page, id) {
  for (let i = 0; i < 80; i++) {
    if (await focused(page) === id) {
      assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none", `${id}: the focus is visible`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`${id} cannot be reached by keyboard at ${page.url()}`);
}

// enter presses Enter and waits for the page that follows.
async function enter(page) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

async function press(page, id) {
  await to(page, id);
  await enter(page);
}

// ready waits for the focus that a page begins with: the browser moves it only after it has
// drawn the page.
async function ready(page, id) {
  for (let i = 0; i < 100 && await focused(page) !== id; i++) await new Promise((wait) => setTimeout(wait, 50));
  assert.equal(await focused(page), id, `what to do first has the focus at ${page.url()}`);
}

// fill types into the field that has the focus, and Enter sends it.
async function fill(page, id, text) {
  await ready(page, id);
  await page.keyboard.type(text);
  await enter(page);
}

// pick chooses a radio button: Tab to the group, then the arrows.
async function pick(page, first, wanted) {
  await to(page, first);
  await page.keyboard.press("Space");
  for (let i = 0; i < 20 && await focused(page) !== wanted; i++) await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), wanted);
}

// mirrored is the same page in a browser in which a checker can run, which needs timers.
async function mirrored(page, check) {
  const mirror = await visitor({ viewport: wide });
  await mirror.route(page.url(), async (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: await page.content() }));
  await mirror.goto(page.url());
  await check(mirror);
  await leave(mirror);
}

// look checks the page that is open: HTML, axe, 320 px, light and dark, and what it leaves behind.
async function look(page, name) {
  await valid(await page.content());
  assert.equal(await page.locator("script").count(), 0);
  await mirrored(page, async (mirror) => {
    for (const colorScheme of ["light", "dark"]) {
      await mirror.emulateMedia({ colorScheme });
      await accessible(mirror);
    }
  });
  assert.match(await page.title(), /窓口デスク/);
  assert.equal(await page.locator("h1").count(), 1);
  await shoot(page, `desk-${name}`);
  await narrow(page);
  await shoot(page, `desk-${name}-narrow`);
  await page.setViewportSize(wide);
  assert.doesNotMatch(page.url(), /[?#@]|%40|\d{4}-\d{4}-\d{4}/, "nothing of a caller stands in an address");
}

// signIn is a sign-in by keyboard, with the first password changed when that is asked for.
async function signIn(page, name) {
  const account = sites.agents[name];
  await page.goto("/console");
  await at(page, "sign-in");
  await ready(page, "name");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(own[name] ?? account.password);
  await page.keyboard.press("Tab");
  await page.keyboard.type(account.papers.pop());
  await enter(page);
  if (!own[name]) {
    await at(page, "password");
    await ready(page, "old");
    await page.keyboard.type(account.password);
    await page.keyboard.press("Tab");
    await page.keyboard.type(`korokoro ${name.length} donguri koike`);
    await enter(page);
    own[name] = `korokoro ${name.length} donguri koike`;
  }
  await at(page, "home");
}

async function take(page, reason = "am_i_listed", kind = "call") {
  await page.goto("/console");
  await pick(page, `${kind}-genuine_mail`, `${kind}-${reason}`);
  await enter(page);
  await at(page, "call", "route");
}

async function spell(page, address) {
  await press(page, "by-mail");
  await fill(page, "address", address);
  await at(page, "call", "spelled");
  assert.equal(await page.locator("#spelled").innerText(), address);
}

async function end(page, outcome) {
  await press(page, "to-end");
  await to(page, await page.locator("input[name=outcome]:checked").getAttribute("id"));
  for (let i = 0; i < 10 && await focused(page) !== `outcome-${outcome}`; i++) await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), `outcome-${outcome}`);
  await enter(page);
  await at(page, "home");
}

export default function desk() {
  test("the first day: a refused sign-in, a password of one's own, a call in training", async () => {
    const page = await seat();
    await page.goto("/console");
    await at(page, "sign-in");
    await look(page, "sign-in");
    for (const [name, password] of [["sato", "wrong"], ["nobody", sites.agents.sato.password]]) {
      await page.goto("/console/sign-in");
      await ready(page, "name");
      await page.keyboard.type(name);
      await page.keyboard.press("Tab");
      await page.keyboard.type(password);
      await page.keyboard.press("Tab");
      await page.keyboard.type("000000");
      await enter(page);
      await at(page, "sign-in", "refused");
      assert.match(await page.locator("#error").innerText(), /^＊サインインできませんでした。/);
    }
    await look(page, "sign-in-refused");
    await page.goto("/console/sign-in");
    await ready(page, "name");
    const account = sites.agents.sato;
    await page.keyboard.type("sato");
    await page.keyboard.press("Tab");
    await page.keyboard.type(account.password);
    await page.keyboard.press("Tab");
    await page.keyboard.type(account.papers.pop());
    await enter(page);
    await at(page, "password");
    for (const path of ["/console", "/console/calls/x", "/console/counts"]) {
      await page.goto(path);
      await at(page, "password");
    }
    await look(page, "first-password");
    await to(page, "old");
    await page.keyboard.type(account.password);
    await page.keyboard.press("Tab");
    await page.keyboard.type("password1234");
    await enter(page);
    await at(page, "password", "new");
    await look(page, "password-refused");
    await to(page, "old");
    await page.keyboard.type(account.password);
    await page.keyboard.press("Tab");
    own.sato = "korokoro 4 donguri koike";
    await page.keyboard.type(own.sato);
    await enter(page);
    await at(page, "home");
    assert.match(await page.locator("h2").first().innerText(), /訓練/, "who is not trained is led to a training call first");
    await look(page, "home-untrained");
    await train(page);
    await leave(page);
  });

  test("a caller with e-mail: a code mailed, read, and the report told; genuine or not", async () => {
    const page = await seat(), address = "card.member@example.com";
    await signIn(page, "sato");
    await take(page, "genuine_mail");
    await look(page, "route");
    await press(page, "by-mail");
    await fill(page, "address", "4111 1111 1111 1111");
    assert.match(await page.locator("#error").innerText(), /カード番号/);
    assert.doesNotMatch(await page.content(), /4111/, "a card number is not shown back");
    await look(page, "address-card");
    await to(page, "address");
    await page.keyboard.type("card.member at example");
    await enter(page);
    assert.equal(await page.inputValue("#address"), "card.member at example");
    await page.keyboard.press("Control+A");
    await page.keyboard.type(address);
    await enter(page);
    await at(page, "call", "spelled");
    await look(page, "spelled");
    await ready(page, "send");
    const before = await mailed(address);
    await enter(page);
    await at(page, "call", "code");
    const code = await phoneCode(address, before);
    await look(page, "code");
    await fill(page, "code", wrong(code));
    assert.match(await page.locator("#error").innerText(), /受け付けられませんでした。この通話では、あと4回/);
    assert.equal(await page.inputValue("#code"), "");
    await look(page, "code-refused");
    await fill(page, "code", code);
    await at(page, "result", "listed");
    const number = await page.locator("#check-number").innerText();
    assert.ok(await page.locator(".actions li").count() > 2 && await page.locator(".lines li .en").count() > 0);
    await look(page, "result");
    for (const [said, word] of [["さくら 0000", "一致しません"], [number, "一致しました"]]) {
      await to(page, "compare");
      await page.keyboard.type(said);
      await enter(page);
      assert.match(await page.locator("#compared").innerText(), new RegExp(word));
    }
    await look(page, "result-compared");
    await press(page, "extend");
    await press(page, "extend");
    assert.equal(await page.locator("#extend").count(), 0, "twice and no more");
    assert.match(await page.locator("#left").innerText(), /あと(29|30)分/);
    const url = page.url();
    await end(page, "told");
    await page.goto(url);
    await at(page, "not-found");
    assert.doesNotMatch(await page.content(), /card\.member/);
    await look(page, "call-over");
    await leave(page);
  });

  test("a caller hangs up to read the mail, and another agent takes the next call", async () => {
    const first = await seat(), second = await seat(), address = "member.buyer@example.com";
    await signIn(first, "sato");
    await take(first);
    await spell(first, address);
    const before = await mailed(address);
    await press(first, "send");
    await press(first, "hang-up");
    await look(first, "hang-up");
    const call = first.url();
    await enter(first); // the button has the focus
    await at(first, "home");
    const code = await phoneCode(address, before);
    await signIn(second, "tanaka");
    await second.goto(call);
    assert.match(await second.locator("body").getAttribute("data-page"), /^(not-found|not-your-call)$/);
    await take(second);
    await spell(second, address);
    await press(second, "arrived");
    await fill(second, "code", code);
    await at(second, "result", "listed");
    await end(second, "told");
    await leave(first);
    await leave(second);
  });

  test("somebody who got a letter: a slip, an unknown number, and the right one", async () => {
    const page = await seat(), number = sites.letters[0];
    await signIn(page, "sato");
    await take(page, "recipient");
    await press(page, "by-letter");
    await look(page, "letter-number");
    await fill(page, "number", wrong(number));
    assert.match(await page.locator("#error").innerText(), /写し間違い/);
    await fill(page, "number", "1234");
    assert.match(await page.locator("#error").innerText(), /14けた/);
    await fill(page, "number", number);
    await at(page, "result", "listed");
    assert.equal(await page.locator("[data-cohort=recipient]").count(), 1);
    assert.equal(await page.locator("#proven-by").innerText(), "番号で確認");
    await look(page, "result-letter");
    await end(page, "told");
    await leave(page);
  });

  test("a daughter calls for her mother: the code is read where the mother's mail is", async () => {
    const page = await seat(), address = "member.only@example.com";
    await signIn(page, "sato");
    await take(page, "family");
    assert.match(await page.locator("[data-part=about-family]").innerText(), /ご家族あてのメール/);
    await spell(page, address);
    const before = await mailed(address);
    await press(page, "send");
    await fill(page, "code", await phoneCode(address, before));
    await at(page, "result", "listed");
    await end(page, "told");
    await leave(page);
  });

  test("three wrong codes, then a letter; what only the shop decides", async () => {
    const page = await seat(), address = "nobody@example.com";
    await signIn(page, "tanaka");
    await take(page, "am_i_listed");
    await spell(page, address);
    const before = await mailed(address);
    await press(page, "send");
    const code = await phoneCode(address, before);
    for (const left of [4, 3, 2]) {
      await fill(page, "code", wrong(code));
      assert.match(await page.locator("#error").innerText(), new RegExp(`あと${left}回`));
    }
    await press(page, "lost");
    await look(page, "lost");
    await press(page, "no-mail");
    await look(page, "no-mail");
    await press(page, "by-neither");
    await at(page, "call", "letter-request");
    await fill(page, "name", "見本 花子"); // Enter sends it too early
    assert.equal(await page.locator("#error").count(), 1);
    assert.equal(await page.inputValue("#name"), "見本 花子");
    await look(page, "letter-request-refused");
    await page.keyboard.press("Tab");
    await page.keyboard.type("100-0001");
    await page.keyboard.press("Tab");
    await page.keyboard.type("東京都千代田区見本町1-2-3");
    await enter(page);
    await at(page, "call", "left");
    const number = await page.locator("#ticket-number").innerText();
    assert.match(number, /^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]$/);
    await look(page, "left");
    await press(page, "to-question");
    await fill(page, "number", number.toLowerCase());
    assert.equal(await page.locator("#ticket-number").innerText(), number);
    await look(page, "question");
    await to(page, "number");
    await page.keyboard.type("2222-2");
    await enter(page);
    assert.equal(await page.locator("#error").count(), 1);
    await press(page, "to-ticket");
    await pick(page, "topic-card_typed", "topic-date");
    await page.keyboard.press("Tab");
    await page.keyboard.type("カードは 4111-1111-1111-1111 とのこと");
    await press(page, "leave");
    assert.equal(await page.locator("#error").count(), 1);
    assert.doesNotMatch(await page.content(), /4111/);
    await look(page, "ticket-refused");
    await to(page, "note-text");
    await page.keyboard.type("3月15日の夕方に注文したとのこと");
    await press(page, "leave");
    await at(page, "call", "left");
    await press(page, "finish");
    await at(page, "call", "end");
    await look(page, "end");
    await leave(page);
  });

  test("the report fades, a screen left alone locks itself, its agent is signed out, and a disabled agent is out", async () => {
    const page = await seat(), address = "guest@example.com";
    await signIn(page, "kato");
    await take(page);
    await spell(page, address);
    const before = await mailed(address);
    await press(page, "send");
    await fill(page, "code", await phoneCode(address, before));
    await at(page, "result", "listed");
    const call = page.url(), again = (await page.reload()).headers().refresh;
    const [, seconds, path] = /^(\d+); url=(.*)$/.exec(again);
    assert.ok(Number(seconds) > 550 && Number(seconds) <= 601 && path.endsWith("/faded"), again);
    await page.goto(path);
    await at(page, "faded");
    assert.doesNotMatch(await page.content(), /guest@/);
    await look(page, "faded");
    await hand("clock?by=11m");
    await page.goto(call);
    await at(page, "call", "route");
    assert.equal(await page.locator("#faded").count(), 1);
    assert.equal(await page.locator("#check-number").count(), 0);
    const locks = /^(\d+); url=(.*)$/.exec((await page.reload()).headers().refresh);
    assert.ok(Number(locks[1]) <= 901 && locks[2] === "/console/locked", locks[0]);
    await hand("clock?by=27m");
    await page.goto(call);
    assert.equal(await page.locator("body").getAttribute("data-page"), "sign-in", "after fifteen minutes without a request an agent is signed out");
    await page.goto("/console/locked");
    await at(page, "locked");
    await look(page, "locked");
    await signIn(page, "kato");
    await hand("disable?name=kato");
    await page.goto("/console");
    await at(page, "sign-in");
    await hand("clock?by=0s");
    await leave(page);
  });

  test("a supervisor sees how much, never who; agents do not", async () => {
    const page = await seat(), caller = await seat();
    await signIn(caller, "ito");
    await take(caller);
    await leave(caller);
    await signIn(page, "suzuki");
    await press(page, "counts");
    await at(page, "counts");
    assert.ok(Number(await page.locator("#calls-sum").innerText()) >= 1);
    assert.equal(await page.locator("table caption").count(), 6);
    assert.doesNotMatch(await page.content(), /@example/);
    await look(page, "counts");
    await press(page, "day-before");
    assert.equal(await page.locator("#calls-sum").innerText(), "0");
    await press(page, "day-after");
    await press(page, "sign-out");
    await at(page, "sign-in");
    await signIn(page, "ito");
    assert.equal(await page.locator("#counts").count(), 0);
    await page.goto("/console/counts");
    await at(page, "role-missing");
    await look(page, "role-missing");
    await page.goto("/console/nothing");
    await at(page, "not-found");
    await leave(page);
  });

  test("the desk is on no other listener, and no other site sends its forms", async () => {
    for (const path of ["/console", "/console/sign-in", "/v1/agent/session", "/v1/agent/facts"]) {
      assert.equal((await fetch(sites.public + path)).status, 404, path);
    }
    const page = await seat();
    await signIn(page, "ito");
    const cookies = (await page.context().cookies()).filter((c) => c.name === "__Host-exposure-agent");
    assert.ok(cookies.length === 1 && cookies[0].secure && cookies[0].httpOnly && cookies[0].sameSite === "Strict" && cookies[0].path === "/");
    const r = await page.context().request.post("/console/sign-out", { headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, form: {} });
    assert.equal(r.status(), 403);
    await page.goto("/console");
    await at(page, "home");
    await leave(page);
  });
}

// train takes a training call to its end, with whoever calls.
async function train(page) {
  await take(page, "am_i_listed", "train");
  assert.equal(await page.locator("#training").count(), 1);
  assert.match(await page.title(), /訓練/);
  await look(page, "training");
  const letter = await page.locator("#caller-letter").count() ? await page.locator("#caller-letter").innerText() : "";
  const address = await page.locator("#caller-address").count() ? await page.locator("#caller-address").innerText() : "";
  if (address) {
    await spell(page, address);
    await press(page, "send");
    await fill(page, "code", await page.locator("#caller-code").innerText());
  } else {
    await press(page, "by-letter");
    await fill(page, "number", letter);
  }
  await at(page, "result");
  assert.equal(await page.locator("#training").count(), 1);
  await look(page, "training-result");
  await end(page, "told");
  assert.match(await page.locator("h2").first().innerText(), /お客様からの電話/, "who is trained takes calls first");
}
