// Started by TestPagesInABrowser of cmd/exposured, which says where the servers are.
import test from "node:test";
import held from "./held.mjs";
import journeys from "./journeys.mjs";
import { launch } from "./kit.mjs";
import resets from "./reset.mjs";
import states from "./states.mjs";

const browser = await launch();
test.after(() => browser.close());
journeys();
held();
states();
resets();
