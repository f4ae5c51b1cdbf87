import type { FakeProvider } from "@agentbot/core/testing";
import { adminToken, type Life } from "./bot.js";
import type { Crew } from "./crew.js";
import { wordsOf } from "./held-agent.js";
import type { Model } from "./model.js";
import type { Servers } from "./servers.js";
import type { RequestKind } from "./step.js";

/** An answer, or null if the gateway died over it. */
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | null;

/** A message that a person sent, and the task it became. */
export interface Message {
  readonly number: number;
  readonly thread: number;
  readonly request: RequestKind;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly taskId: string;
}

/** The users of the bot. Every answer they get goes into the model. */
export interface People {
  readonly messages: readonly Message[];
  deliver(thread: number, request: RequestKind): Promise<void>;
  duplicate(message: Message, copies: number): Promise<void>;
  forge(): Promise<void>;
  cancel(message: Message): Promise<void>;
  retry(message: Message): Promise<void>;
  replay(message: Message, key: string): Promise<void>;
}

/** The crew, the provider and the model of a history. */
export interface PeopleDeps {
  readonly crew: Crew;
  readonly model: Model;
  readonly provider: FakeProvider;
  readonly servers: Servers;
  readonly says: (wrong: string) => void;
}

/** A request is repeated this often at most. */
const mostTries = 100;

async function ask({ machine, gateway }: Life, path: string, init: RequestInit): Promise<Answer> {
  if (machine.isDead) return null;
  const answered = gateway
    .fetch(new Request(`http://bot${path}`, { method: "POST", ...init }))
    .then(async (response) => ({
      status: response.status,
      body: (await response.json()) as Readonly<Record<string, unknown>>,
    }));
  const died = new Promise<null>((resolve) => void machine.onDeath(() => resolve(null)));
  return await Promise.race([answered, died]);
}

/** Makes {@link People}. */
export function createPeople({ crew, model, provider, servers, says }: PeopleDeps): People {
  const messages: Message[] = [];

  /** Asks one gateway after the other until one lives to answer. */
  const insist = async (first: number, path: string, init: RequestInit) => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const answer = await ask(crew.gateway(first + tries), path, init);
      if (answer && answer.status !== 503) return { ...answer, isFirst: tries === 0 };
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`No gateway answers ${path}`);
  };
  const admin = (path: string, body: object) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${adminToken}` };
    return insist(0, `/api/${path}`, { headers, body: JSON.stringify(body) });
  };
  const statusOf = async (taskId: string): Promise<string | undefined> =>
    (await servers.tasks()).find(({ id }) => id === taskId)?.status;

  return {
    messages,
    async deliver(thread, request) {
      const number = messages.length;
      const webhook = provider.webhook({ id: `message-${number}`, thread, text: wordsOf(request, number) });
      const sent = { headers: webhook.headers, body: new Uint8Array(webhook.body) };
      const { status, body } = await insist(number, "/webhooks/acme", sent);
      const taskId = String(body["taskId"]);
      messages.push({ ...{ number, thread, request, taskId }, ...sent });
      if (status !== 200) says(`message ${number} was answered ${status}`);
      model.accept({ id: taskId, message: number, request, thread });
    },
    async duplicate({ number, headers, body, taskId }, copies) {
      const copy = (index: number) => insist(index, "/webhooks/acme", { headers, body });
      for (const answer of await Promise.all(Array.from({ length: copies }, (_, index) => copy(index)))) {
        if (answer.body["status"] !== "duplicate" || answer.body["taskId"] !== taskId)
          says(`message ${number} again was answered ${JSON.stringify(answer.body)}`);
      }
    },
    async forge() {
      const { headers, body } = provider.webhook({ text: wordsOf("quick", 999) });
      headers.set("x-fake-signature", "0".repeat(64));
      const { status } = await insist(1, "/webhooks/acme", { headers, body: new Uint8Array(body) });
      if (status !== 401 && status !== 429) says(`a forged webhook was answered ${status}`);
    },
    async cancel({ taskId }) {
      const { status, body, isFirst } = await admin(`tasks/${taskId}/cancel`, {});
      if (status === 200) model.cancel(taskId, body["status"] === "cancelled" ? "cancelled" : "requested");
      // The one who died over it may have done it.
      else if (!isFirst && (await statusOf(taskId)) === "cancelled") model.cancel(taskId, "cancelled");
    },
    async retry({ taskId }) {
      const before = await statusOf(taskId);
      const wasOver = before === "failed" || before === "cancelled";
      const { status, isFirst } = await admin(`tasks/${taskId}/retry`, {});
      if (status === 200 || (wasOver && !isFirst)) model.reopen(taskId);
      else if (wasOver) says(`a retry of the ${before} task ${taskId} was answered ${status}`);
    },
    async replay({ number, request, thread }, key) {
      const deliveryId = await servers.findDelivery(`delivery-message-${number}`);
      const { status, body } = await admin(`deliveries/${deliveryId}/replay`, { key });
      if (status !== 200) says(`a replay of message ${number} was answered ${status}`);
      else model.accept({ id: String(body["taskId"]), message: number, request, thread });
    },
  };
}
