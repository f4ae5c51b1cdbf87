import {
  type AgentOutcome,
  type AgentRunner,
  createGateway,
  createNoSandbox,
  createWorker,
  type Gateway,
  type Store,
  type TaskQueue,
  type WebhookProvider,
  type WorkspaceFactory,
} from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import { createMemoryPubSub } from "@agentbot/core/memory";
import { type CrashPoint, type ManualClock, withCrashPoints } from "@agentbot/core/testing";
import { createMortal, type Mortal } from "./mortal.js";

/** A place where a life may end; the answer to the sender has points of its own. */
export type DeathPoint = CrashPoint | "before:answer" | "after:answer";

/** The parts that outlive every process. */
export interface Durable {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly provider: WebhookProvider;
  readonly workspaces: WorkspaceFactory;
  readonly clock: ManualClock;
  /** Tasks at once. */
  readonly concurrency: number;
}

/** Where a life ends: at the point, passed for the n-th time, counted from 0. */
export interface Fate {
  readonly point: DeathPoint;
  readonly passes: number;
}

/** One life of a whole bot: gateway and worker. */
export interface Life extends Mortal {
  /** Sends a webhook; null when the life ended before the sender had its answer. */
  deliver(request: Request): Promise<{ readonly status: number; readonly taskId: string } | null>;
  /** Asks the life's own gateway to cancel a task: its worker is woken at once. */
  cancel(taskId: string): Promise<void>;
}

const done: AgentOutcome = {
  status: "succeeded",
  reason: null,
  isRetryable: false,
  summary: "Done.",
  sessionId: "session-1",
  model: "scripted",
  turns: 1,
  usage: { ...noUsage, costUsd: 0.01 },
};
const aborted = { status: "failed", reason: "agent_aborted", isRetryable: true, summary: "Stopped." } as const;
const agentMs = 200;

/** An agent that works for a while, so that it can be stopped at that. */
function createAgent(clock: ManualClock): AgentRunner {
  return {
    name: "scripted",
    credential: "held",
    async run(_, { signal }) {
      await clock.sleep(agentMs, signal);
      return signal.aborted ? { ...done, ...aborted } : done;
    },
  };
}

/** A request to the admin API that cancels a task. */
const adminToken = "a-token-of-the-fault-tests-and-no-other";
export function cancelRequest(taskId: string): Request {
  const headers = { authorization: `Bearer ${adminToken}` };
  return new Request(`http://bot.example/api/tasks/${taskId}/cancel`, { method: "POST", headers });
}

/** A gateway in a process of its own, which lives on: an operator cancels there while the worker is dead. */
export function startOperator({ store, queue, clock }: Durable): Gateway {
  return createGateway({ providers: [], store, queue, clock, admin: { token: adminToken } });
}

/** How long a run is held without a heartbeat, in the milliseconds of the clock that is moved by hand. */
const leaseMs = 3000;

/** Starts a life that ends at its fate. */
export async function startLife(
  durable: Durable,
  fate: Fate | null,
  onPoint?: (point: DeathPoint, life: Life) => void,
): Promise<Life> {
  const mortal = createMortal();
  let left = fate?.passes ?? 0;
  const pass = (point: DeathPoint): void => {
    if (mortal.isDead) return;
    onPoint?.(point, life);
    if (point !== fate?.point) return;
    if (left === 0) mortal.kill();
    left -= 1;
  };
  const { clock, concurrency } = durable;
  const gated = {
    ...mortal.gate({ store: durable.store, agent: createAgent(clock), workspaces: durable.workspaces }),
    queue: mortal.gate({
      ...durable.queue,
      claim: (request: Parameters<TaskQueue["claim"]>[0]) =>
        durable.queue.claim({ ...request, signal: AbortSignal.any([request.signal, mortal.death]) }),
    }),
    providers: [mortal.gate(durable.provider)],
  };
  const { agent, workspaces, ...ports } = withCrashPoints(gated, pass);
  const shared = { ...ports, clock, pubSub: createMemoryPubSub() };
  const gateway = createGateway({ ...shared, admin: { token: adminToken } });
  const worker = createWorker({
    ...{ ...shared, agent, workspaces },
    sandbox: createNoSandbox(),
    ...{ concurrency, leaseMs, effectRecheckMs: 500, reconcileIntervalMs: 1000 },
    ...{ endOrphans: async () => {}, dailyBudgetUsd: 1_000_000, retryBackOff: { baseMs: 100, capMs: 1000 } },
  });
  const ended = new Promise<null>((resolve) => mortal.death.addEventListener("abort", () => resolve(null)));

  const life: Life = Object.assign(mortal, {
    async deliver(request: Request) {
      const answered = gateway.fetch(request).then(async (response) => {
        const { status } = response;
        const { taskId } = (await response.json()) as { taskId: string };
        pass("before:answer");
        return mortal.isDead ? null : { status, taskId };
      });
      const answer = await Promise.race([answered, ended]);
      pass("after:answer");
      return answer;
    },
    async cancel(taskId: string) {
      await gateway.fetch(cancelRequest(taskId));
    },
  });
  await worker.start();
  return life;
}
