import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PrivateRedis, type PrivateRedisOptions, startPrivateRedis } from "../../src/index.js";
import { isAlive } from "../fixtures/is-alive.js";

let cleanup = createCleanupStack();
beforeEach(() => {
  cleanup = createCleanupStack();
});
afterEach(() => cleanup.run());

async function start(options?: PrivateRedisOptions): Promise<PrivateRedis> {
  const redis = await startPrivateRedis(options);
  cleanup.push(redis.close);
  return redis;
}

function connect({ url }: PrivateRedis): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => {});
  cleanup.push(() => client.disconnect());
  return client;
}

describe("a private Redis", () => {
  test("is there at once, on the loopback only, and leaves nothing behind when it is closed", async () => {
    const redis = await start();
    const client = connect(redis);
    expect(await client.set("a", "1")).toBe("OK");
    expect(await client.config("GET", "bind")).toEqual(["bind", "127.0.0.1"]);
    const [, directory = ""] = (await client.config("GET", "dir")) as string[];
    const { processId } = redis;
    expect([existsSync(directory), isAlive(processId)]).toEqual([true, true]);
    await redis.close();
    expect([existsSync(directory), isAlive(processId), redis.processId]).toEqual([false, false, 0]);
    await redis.close();
    await expect(redis.start()).rejects.toThrow("was closed: start another one");
  });

  test.each([
    [true, "1"],
    [false, null],
  ])("with appendOnly %s has %s of what it acknowledged before SIGKILL", async (appendOnly, expected) => {
    const redis = await start({ appendOnly });
    const client = connect(redis);
    const before = redis.processId;
    await client.set("a", "1");
    await redis.kill();
    expect([isAlive(before), redis.processId]).toEqual([false, 0]);
    await redis.start();
    expect(redis.processId).not.toBe(before);
    expect(await client.get("a")).toBe(expected);
  });

  test("that is stopped lets its clients go, and is the same server when it starts again", async () => {
    const redis = await start();
    const client = connect(redis);
    await client.ping();
    const lost = new Promise((resolve) => client.once("close", resolve));
    await redis.stop();
    await lost;
    await Promise.all([redis.start(), redis.start()]);
    expect(await client.ping()).toBe("PONG");
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
  });

  test("that is paused answers no client until it is resumed, and can be closed all the same", async () => {
    const redis = await start();
    const client = connect(redis);
    await client.ping();
    await redis.pause();
    let isAnswered = false;
    const answer = client.set("a", "1").then(() => {
      isAnswered = true;
    });
    // Another server answers meanwhile: time has passed in which this one would have.
    await connect(await start()).ping();
    expect(isAnswered).toBe(false);
    await redis.resume();
    await answer;
    await redis.pause();
    const { processId } = redis;
    await redis.close();
    expect(isAlive(processId)).toBe(false);
  });

  test("stands beside another one without sharing anything", async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.port).not.toBe(second.port);
    await connect(first).set("a", "1");
    expect(await connect(second).get("a")).toBeNull();
    await first.kill();
    expect(await connect(second).ping()).toBe("PONG");
  });

  test("keeps a directory and takes a port and settings that were given", async () => {
    const directory = await mkdtemp(join(tmpdir(), "agentbot-given-"));
    cleanup.push(() => rm(directory, { recursive: true }));
    const first = await start({ directory, appendOnly: true, settings: { maxmemory: "12mb" } });
    await connect(first).set("a", "1");
    await first.close();
    expect(existsSync(directory)).toBe(true);
    const client = connect(await start({ directory, appendOnly: true, port: first.port }));
    expect(await client.get("a")).toBe("1");
  });

  test("fails to start with Redis' own words", async () => {
    const failure = await startPrivateRedis({ settings: { maxmemory: "much" } }).catch((error: unknown) => error);
    expect(AgentBotError.hasCode(failure, "PROCESS_FAILED")).toBe(true);
    expect(String(failure)).toMatch(/Redis \(.*\) does not run: it ended with 1[\s\S]*maxmemory/);
    const taken = createServer().listen(0, "127.0.0.1");
    cleanup.push(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const port = Object(taken.address()).port;
    await expect(startPrivateRedis({ port })).rejects.toThrow(/Address already in use/);
  });

  test("is closed by its signal, also while it starts", async () => {
    const abort = new AbortController();
    const redis = await start({ signal: abort.signal });
    const { processId } = redis;
    abort.abort();
    await redis.close();
    expect(isAlive(processId)).toBe(false);
    await expect(startPrivateRedis({ signal: abort.signal })).rejects.toThrow(/aborted/);
    const early = new AbortController();
    const starting = startPrivateRedis({ signal: early.signal });
    early.abort(new Error("enough"));
    await expect(starting).rejects.toThrow(/enough/);
  });
});
