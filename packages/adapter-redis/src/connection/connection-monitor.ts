import { sleep } from "@agentbot/core/adapter";
import type { RedisClient } from "./redis-client.js";

/** Finds a connection that is `ready` and useless by what becomes of its commands, and has the client make another one. */
export interface ConnectionMonitor {
  answered(): void;
  /** A command that was sent at this time, by `performance.now()`, got no answer in time. */
  unanswered(sentAtMs: number): void;
  /** Redis refused a command because of its state, as a replica does. */
  refused(): void;
}

/** After this many commands in a row without an answer the connection is taken for dead. */
const maxUnanswered = 3;
/** The pause between two replacements, in milliseconds; it doubles while one follows the other. */
const firstPauseMs = 5000;
const longestPauseMs = 300_000;

/**
 * A machine that lost its power sends no end of the connection, and a master that was made a replica keeps it: without
 * this, a client waits for TCP to give up, or for ever.
 */
export function createConnectionMonitor(client: RedisClient): ConnectionMonitor {
  let unansweredCount = 0;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let pauseMs = firstPauseMs;
  let replacedAtMs = Number.NEGATIVE_INFINITY;

  const replace = (): void => {
    const nowMs = performance.now();
    if (client.status !== "ready" || nowMs < replacedAtMs + pauseMs) return;
    const isInARow = nowMs < replacedAtMs + 4 * pauseMs;
    pauseMs = isInARow ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs;
    replacedAtMs = nowMs;
    unansweredCount = 0;
    client.disconnect(true);
  };

  return {
    answered() {
      unansweredCount = 0;
    },
    unanswered(sentAtMs) {
      // Commands that were on their way together met one and the same stall.
      if (sentAtMs < countedAtMs) return;
      countedAtMs = performance.now();
      unansweredCount += 1;
      if (unansweredCount >= maxUnanswered) replace();
    },
    refused: replace,
  };
}

/** The losses of a client's connection. */
export interface ConnectionLosses {
  readonly count: number;
}

interface ClientLosses {
  count: number;
  /** The time of a loss whose first attempt to connect again has not failed, by `performance.now()`; else null. */
  lostAtMs: number | null;
  /** The wait for that attempt, shared by all callers: each listener of a client counts. */
  attempt: Promise<void> | null;
}

const known = new WeakMap<RedisClient, ClientLosses>();

/**
 * Counts the losses of a client's connection from the first call on, by one listener a client. A Cluster client does not
 * report its nodes' connections.
 */
export function connectionLosses(client: RedisClient): ConnectionLosses {
  return lossesOf(client);
}

function lossesOf(client: RedisClient): ClientLosses {
  const before = known.get(client);
  if (before) return before;
  const losses: ClientLosses = { count: 0, lostAtMs: null, attempt: null };
  known.set(client, losses);
  let wasReady = client.status === "ready";
  client.on("ready", () => {
    wasReady = true;
  });
  client.on("close", () => {
    losses.count += 1;
    losses.lostAtMs = wasReady ? performance.now() : null;
    wasReady = false;
  });
  return losses;
}

/** How long a connection that was lost just now may take to be back, in milliseconds. */
const graceMs = 500;

/**
 * Returns whether a client is connected. After a loss the first attempt to connect again is waited for, and no other: a server
 * closes connections that are idle and takes new ones.
 */
export async function isConnected(client: RedisClient): Promise<boolean> {
  const losses = lossesOf(client);
  if (client.status === "ready" || losses.lostAtMs === null) return client.status === "ready";
  const leftMs = losses.lostAtMs + graceMs - performance.now();
  if (leftMs > 0) {
    losses.attempt ??= nextOf(["ready", "close"], client, leftMs).finally(() => {
      losses.attempt = null;
    });
    await losses.attempt;
  }
  return client.status === "ready";
}

/** Waits at most `timeoutMs` for one of these events. */
export async function nextOf(
  events: readonly string[],
  client: RedisClient,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const happened = new AbortController();
  const onEvent = (): void => happened.abort();
  for (const event of events) client.on(event, onEvent);
  try {
    await sleep(timeoutMs, signal ? AbortSignal.any([happened.signal, signal]) : happened.signal);
  } finally {
    for (const event of events) client.off(event, onEvent);
  }
}
