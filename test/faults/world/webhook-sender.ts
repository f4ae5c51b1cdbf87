import { setTimeout as pause } from "node:timers/promises";
import type { FakeGitHub } from "@agentbot/provider-github/testing";
import { createConnections, postWebhook, type WebhookAnswer } from "./post-webhook.js";
import type { Random } from "./random.js";
import { type Comment, commentWebhook, writeComment } from "./webhook.js";

/** One webhook and every answer to it. */
export interface SentWebhook {
  readonly comment: Comment;
  readonly answers: readonly WebhookAnswer[];
}

/** How {@link WebhookSender.send} sends. */
export interface SendOptions {
  readonly count: number;
  /** How many begin in a second. @defaultValue as fast as `inFlight` lets them */
  readonly perSecond?: number;
  /** @defaultValue 32 */
  readonly inFlight?: number;
  /** The issue of the n-th webhook. @defaultValue one of its own */
  readonly issueNumberOf?: (index: number) => number;
  readonly signal?: AbortSignal;
}

/** A sender that repeats each webhook, with the same bytes, until it gets a 2xx. */
export interface WebhookSender {
  readonly sent: readonly SentWebhook[];
  /** How many have their 2xx. */
  readonly acknowledgedCount: number;
  /** Resolves when every one of them has its 2xx or was given up. */
  send(options: SendOptions): Promise<readonly SentWebhook[]>;
  /** New tries go elsewhere, as from a load balancer; null lets it send everywhere again. */
  avoid(url: string | null): void;
  close(): void;
}

/** The time without a 2xx after which a webhook is given up, in milliseconds: a limit for a test that hangs. */
const patienceMs = 240_000;
/** The pause before a webhook is sent again, in milliseconds. */
const retryMs = { lowest: 50, highest: 400 };

/** The answer that was 2xx, or null. */
export function acceptedAnswer({ answers }: SentWebhook): WebhookAnswer | null {
  return answers.find(({ status }) => status !== null && status >= 200 && status < 300) ?? null;
}

/** Where a sender sends to, and on whose behalf. */
export interface SenderDeps {
  /** Asked for each try; chance picks one of them. */
  readonly gatewayUrls: () => readonly string[];
  readonly github: FakeGitHub;
  readonly random: Random;
}

/** Each webhook is about a comment that exists at the fake GitHub. */
export function createWebhookSender({ gatewayUrls, github, random }: SenderDeps): WebhookSender {
  const connections = createConnections();
  const sent: SentWebhook[] = [];
  let acknowledgedCount = 0;
  let avoided: string | null = null;
  const pickUrl = (): string => random.pick(gatewayUrls().filter((url) => url !== avoided));

  const deliver = async (comment: Comment, signal: AbortSignal | undefined): Promise<SentWebhook> => {
    const webhook = commentWebhook(comment);
    const answers: WebhookAnswer[] = [];
    const one: SentWebhook = { comment, answers };
    sent.push(one);
    const givenUpAt = performance.now() + patienceMs;
    while (!signal?.aborted && performance.now() < givenUpAt) {
      answers.push(await postWebhook(pickUrl(), webhook, connections));
      if (acceptedAnswer(one)) {
        acknowledgedCount += 1;
        break;
      }
      await pause(random.between(retryMs.lowest, retryMs.highest));
    }
    return one;
  };

  return {
    sent,
    get acknowledgedCount() {
      return acknowledgedCount;
    },
    async send({ count, perSecond, inFlight = 32, issueNumberOf, signal }) {
      const first = sent.length;
      const startedAt = performance.now();
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < count && !signal?.aborted) {
          const index = next;
          next += 1;
          const number = first + index;
          if (perSecond !== undefined)
            await pause(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()));
          const issueNumber = issueNumberOf?.(index) ?? number + 1;
          await deliver(writeComment(github, issueNumber), signal);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      return sent.slice(first);
    },
    avoid(url) {
      avoided = url;
    },
    close: () => connections.destroy(),
  };
}
