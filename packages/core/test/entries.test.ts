import * as core from "@agentbot/core";
import { expect, test } from "vitest";

test("the main entry exports at most 25 values: what is rarer has an entry of its own", () => {
  expect(Object.keys(core).length).toBeLessThanOrEqual(25);
});
