import type { RedisClient } from "../../../src/index.js";

/** A client whose scripts read the time from a key instead of Redis' clock: a year can pass between two calls. */
export function withManualTime(
  client: RedisClient,
  name: string,
): RedisClient & { setTime(timeMs: number): Promise<void> } {
  const key = `{${name}}:records:now`;
  return {
    status: "ready",
    connect: () => client.connect(),
    duplicate: () => client.duplicate(),
    on: () => {},
    off: () => {},
    disconnect: () => {},
    async call(command, args) {
      if (command === "evalsha") throw new Error("NOSCRIPT: send the text");
      const [text = "", ...rest] = args;
      const manual = String(text).replace("call('TIME')", "{ '0', call('GET', RECORDS .. ':now') }");
      return await client.call(command, [manual, ...rest]);
    },
    async setTime(timeMs) {
      await client.call("set", [key, timeMs * 1000]);
    },
  };
}
