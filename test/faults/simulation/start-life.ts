import {
  AgentBotError,
  type Clock,
  createGateway,
  createNoSandbox,
  createWorker,
  type Gateway,
  type Metrics,
  type OutageReporter,
  type PubSub,
  type Store,
  type TaskQueue,
  type WebhookProvider,
  type Worker,
  type WorkspaceFactory,
} from "@agentbot/core";
import { silentTracer } from "@agentbot/core/tracing";
import { createRandom } from "../world/random.js";
import { createSimulatedAgent } from "./agent.js";
import { createMachine, type Machine } from "./machine.js";
import type { Network } from "./network.js";
import {
  type Call,
  type NoteWrite,
  networkedProvider,
  networkedQueue,
  networkedStore,
  networkedWorkspaces,
} from "./networked-ports.js";
import { type Plan, workerSettings } from "./plan.js";
import type { VirtualTime } from "./virtual-time.js";
import type { Watch } from "./watch.js";
import { watchedStore } from "./watched-store.js";

/** The parts that outlive every machine. */
export interface Durable {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly watch: Watch;
  readonly store: Store;
  readonly queue: () => TaskQueue;
  readonly provider: WebhookProvider;
  readonly workspaces: WorkspaceFactory;
  readonly pubSub: PubSub;
  /** Breaks the clocks of machines on purpose, or leaves them as they are. */
  readonly breakClock: (clock: Clock) => Clock;
}

/** One life of a gateway or a worker. */
export interface Life {
  readonly machine: Machine;
  readonly gateway: Gateway | null;
  readonly worker: Worker | null;
}

/** The token of the admin API in a simulation. */
export const adminToken = "a-token-of-the-simulation-and-no-other";

const noMetrics: Metrics = { increment: () => {}, set: () => {}, observe: () => {}, render: () => "" };

/** Recognizes outages, and never checks whether one is over. */
const outages: OutageReporter = {
  report: (error) =>
    AgentBotError.hasCode(error, "STORE_UNAVAILABLE") || AgentBotError.hasCode(error, "QUEUE_UNAVAILABLE"),
  isStoreDown: () => false,
  close: () => {},
};

/** Starts the `life`-th life of a machine: the first ones are gateways, the others workers. */
export async function startLife(plan: Plan, durable: Durable, index: number, life: number): Promise<Life> {
  const { time, network, watch } = durable;
  const isGateway = index < plan.gateways;
  const machine = createMachine(`${isGateway ? "gateway" : "worker"} ${index}.${life}`, time);
  const random = createRandom(Math.imul(plan.seed, 31) + index * 1009 + life * 7919);
  const call: Call = (server, work) => network.call(machine, server, random, work);
  const note: NoteWrite = (taskId, what) => {
    if (!machine.isDead) watch.sends(machine, taskId, what);
  };
  const parts = {
    store: networkedStore(watchedStore(durable.store, machine, watch), machine, call),
    queue: networkedQueue(durable.queue, call),
    providers: [networkedProvider(durable.provider, call, note)],
    pubSub: {
      ...durable.pubSub,
      subscribe: (channel: string, onMessage: () => void) =>
        durable.pubSub.subscribe(channel, () => machine.deliver("answer", onMessage)),
    },
    ...{ clock: durable.breakClock(machine.clock), tracer: silentTracer, metrics: noMetrics, outages },
  };
  if (isGateway) return { machine, gateway: createGateway({ ...parts, admin: { token: adminToken } }), worker: null };

  const worker = createWorker({
    ...parts,
    ...workerSettings,
    sandbox: createNoSandbox(),
    agent: createSimulatedAgent(machine, random, time, watch),
    workspaces: networkedWorkspaces(durable.workspaces, call, note),
    random: random.fraction,
    endOrphans: async () => {},
    concurrency: plan.concurrency,
    maxAttempts: plan.maxAttempts,
    taskBudgetUsd: plan.taskBudgetUsd,
    dailyBudgetUsd: plan.dailyBudgetUsd,
  });
  await worker.start();
  return { machine, gateway: null, worker };
}
