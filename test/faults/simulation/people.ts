import type { FakeProvider } from "@agentbot/core/testing";
import type { Random } from "../world/random.js";
import { adminToken, type Life } from "./start-life.js";
import type { VirtualTime } from "./virtual-time.js";

/** How long a sender waits for an answer, and how soon it tries again, in milliseconds. */
const answerWithinMs = 10_000;
const againAfterMs = 4000;

/** An answer as it came, or null where none came in time. */
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | null;

/** The users of the bot: senders of webhooks, and the holder of the admin token. */
export interface People {
  /** Sends a message until it is answered 200. */
  send(message: number, thread: number, isLabel: boolean): Promise<void>;
  /** Sends one request to the admin API and ignores the answer. */
  ask(path: string, body: object): Promise<void>;
  /** The task ids that the senders of each message got. */
  readonly told: ReadonlyMap<number, ReadonlySet<string>>;
  /** Senders who have no answer yet. */
  readonly waiting: number;
}

/** Each request goes to any gateway. */
export function createPeople(
  provider: FakeProvider,
  time: VirtualTime,
  random: Random,
  gateways: () => readonly Life[],
  now: () => Date,
): People {
  const told = new Map<number, Set<string>>();
  const bodies = new Map<number, { readonly headers: Headers; readonly body: Uint8Array<ArrayBuffer> }>();
  let waiting = 0;

  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void time.after(ms, resolve));
  const request = async (make: () => Request): Promise<Answer> => {
    const { machine, gateway } = random.pick(gateways());
    if (!gateway || machine.isDead) return null;
    return await new Promise<Answer>((resolve) => {
      const forget = time.after(answerWithinMs, () => resolve(null));
      machine.deliver("answer", () => {
        void gateway.fetch(make()).then(async (response) => {
          const body = (await response.json()) as Readonly<Record<string, unknown>>;
          // A machine that is stopped sends nothing, and some answers are lost on their way.
          if (machine.isDead || machine.isPaused || random.fraction() < 0.05) return;
          forget();
          resolve({ status: response.status, body });
        });
      });
    });
  };

  return {
    told,
    get waiting() {
      return waiting;
    },
    async send(message, thread, isLabel) {
      const known = bodies.get(message);
      const webhook =
        known ?? provider.webhook({ id: `message-${message}`, thread, isLabel, occurredAt: now().toISOString() });
      const { headers } = webhook;
      const body = new Uint8Array(webhook.body);
      bodies.set(message, { headers, body });
      waiting += 1;
      for (;;) {
        const answer = await request(() => new Request("http://bot/webhooks/acme", { method: "POST", headers, body }));
        if (answer?.status === 200) {
          const ids = told.get(message) ?? new Set();
          told.set(message, ids.add(String(answer.body["taskId"])));
          waiting -= 1;
          return;
        }
        await sleep(againAfterMs * (0.5 + random.fraction()));
      }
    },
    async ask(path, body) {
      const headers = { "content-type": "application/json", authorization: `Bearer ${adminToken}` };
      await request(
        () => new Request(`http://bot/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
      );
    },
  };
}
