import { expect, test } from "vitest";
import type { RedisClient } from "../../src/connection/redis-client.js";
import { createScriptRunner } from "../../src/queue/script-runner.js";
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
  { what: "was sent and not answered in time may have run", status: "ready", unconfirmed: 1 },
  { what: "was never sent, since Redis is not there yet, has not run", status: "connecting", unconfirmed: 0 },
])("what $what", async ({ status, unconfirmed }) => {
  const runScript = createScriptRunner(silentClient(status), ["key"], 20);
  let reported = 0;
  const onUnconfirmed = (): void => {
    reported += 1;
  };
  await expect(
    runScript({ script: redisScript({ uses: [], text: "return 1" }), args: [], onUnconfirmed }),
  ).rejects.toThrow("no answer");
  expect(reported).toBe(unconfirmed);
});
