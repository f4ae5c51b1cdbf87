import { expect, test } from "vitest";
import type { RedisClient } from "../../src/connection/redis-client.js";
import { createScriptRunner } from "../../src/queue/run-script.js";
import { redisScript } from "../../src/queue/scripts/redis-script.js";

/** A client that stays in one status and gets no answer. */
const silentClient = (status: string): RedisClient => ({
  status,
  connect: () => new Promise(() => {}),
  call: () => new Promise(() => {}),
  duplicate: () => silentClient(status),
  on: () => {},
  off: () => {},
  disconnect: () => {},
});

test.each([
  { what: "was sent and not answered in time may have run", status: "ready", doubts: 1 },
  { what: "was never sent, since Redis is not there yet, has not run", status: "connecting", doubts: 0 },
])("what $what", async ({ status, doubts }) => {
  const runScript = createScriptRunner(silentClient(status), ["key"], 20);
  let told = 0;
  const onDoubt = (): void => {
    told += 1;
  };
  await expect(runScript({ script: redisScript("return 1"), args: [], onDoubt })).rejects.toThrow("no answer");
  expect(told).toBe(doubts);
});
