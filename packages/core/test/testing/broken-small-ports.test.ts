import type { Clock, PubSub, RateLimiter } from "@agentbot/core";
import { systemClock } from "@agentbot/core/adapter";
import { createMemoryPubSub, createMemoryRateLimiter } from "@agentbot/core/memory";
import { clockContract, pubSubContract, rateLimiterContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

const dispose = async (): Promise<void> => {};

describe("the pub/sub suite", () => {
  const missed = (about: RegExp, breaking: (pubSub: PubSub) => Partial<PubSub>) => {
    const create = async () => {
      const pubSub = createMemoryPubSub();
      return { subject: { ...pubSub, ...breaking(pubSub) }, dispose };
    };
    return casesThatMissIt(pubSubContract({ create }), about);
  };

  test("catches channels that are one", async () => {
    const breaking = ({ publish, subscribe }: PubSub) => ({
      publish: () => publish("all"),
      subscribe: (_channel: string, onMessage: () => void) => subscribe("all", onMessage),
    });
    expect(await missed(/other channels stay silent/, breaking)).toEqual([]);
  });

  test("catches subscriptions that never end", async () => {
    const breaking = ({ subscribe }: PubSub) => ({
      subscribe: (channel: string, onMessage: () => void) => {
        subscribe(channel, onMessage);
        return () => {};
      },
    });
    expect(await missed(/an unsubscribed callback/, breaking)).toEqual([]);
  });

  test("catches a close that closes nothing", async () => {
    expect(await missed(/after close/, () => ({ close: async () => {} }))).toEqual([]);
  });
});

describe("the rate limiter suite", () => {
  const missed = (about: RegExp, breaking: (limiter: RateLimiter) => Partial<RateLimiter>, extra = 0) => {
    const create = async ({ limit, windowMs }: { readonly limit: number; readonly windowMs: number }) => {
      const limiter = createMemoryRateLimiter({ limit: limit + extra, windowMs });
      return { subject: { ...limiter, ...breaking(limiter) }, dispose };
    };
    return casesThatMissIt(rateLimiterContract({ create }), about);
  };

  test("catches a peek that counts", async () => {
    expect(await missed(/peek counts nothing/, ({ consume }) => ({ peek: consume }))).toEqual([]);
  });

  test("catches keys that share a limit", async () => {
    expect(await missed(/keys do not share/, ({ consume }) => ({ consume: () => consume("one") }))).toEqual([]);
  });

  test("catches a limit that is one too high", async () => {
    expect(await missed(/(up to its limit|of many concurrent)/, () => ({}), 1)).toEqual([]);
  });

  test("catches a count that is read first and written later", async () => {
    const breaking = ({ peek, consume }: RateLimiter) => ({
      consume: async (key: string) => {
        const result = await peek(key);
        await consume(key);
        return result;
      },
    });
    expect(await missed(/of many concurrent/, breaking)).toEqual([]);
  });
});

describe("the clock suite", () => {
  const missed = (about: RegExp, breaking: Partial<Clock>) => {
    const create = async () => ({ subject: { ...systemClock, ...breaking }, dispose });
    return casesThatMissIt(clockContract({ create }), about);
  };

  test("catches a date that all callers share", async () => {
    const shared = new Date();
    expect(await missed(/a date of its own/, { now: () => shared })).toEqual([]);
  });

  test("catches a sleep that ends at once", async () => {
    expect(await missed(/takes its time/, { sleep: async () => {} })).toEqual([]);
  });

  test("catches a sleep that throws when it is aborted", async () => {
    const sleep = async (durationMs: number, signal?: AbortSignal): Promise<void> => {
      await systemClock.sleep(durationMs, signal);
      signal?.throwIfAborted();
    };
    expect(await missed(/an abort ends a sleep/, { sleep })).toEqual([]);
  });
});
