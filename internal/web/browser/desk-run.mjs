// Started by TestDeskInABrowser of cmd/exposured, which says where the servers are.
import test from "node:test";
import desk from "./desk.mjs";
import { launch } from "./kit.mjs";

const browser = await launch();
test.after(() => browser.close());
desk();
