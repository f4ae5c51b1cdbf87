import { createPostgresStore, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createRedisQueue } from "@agentbot/adapter-redis";
import {
  type Clock,
  createAesKeyRing,
  createGateway,
  createNoSandbox,
  createWorker,
  type Gateway,
  type PubSub,
  type Store,
  type WebhookProvider,
  type Worker,
  type WorkspaceFactory,
} from "@agentbot/core";
import { silentTracer } from "@agentbot/core/tracing";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { createMachine, type Machine } from "../simulation/machine.js";
import { createNetwork } from "../simulation/network.js";
import {
  type Call,
  type NoteWrite,
  networkedProvider,
  networkedQueue,
  networkedStore,
  networkedWorkspaces,
} from "../simulation/networked-ports.js";
import { createRandom } from "../world/random.js";
import type { Agents } from "./held-agent.js";
import { createShiftedTime, type ShiftedTime } from "./real-time.js";
import type { Servers } from "./servers.js";

/** Parts that a test breaks on purpose, to see the histories find it. */
export interface Breakage {
  readonly store?: (store: Store) => Store;
  readonly clock?: (clock: Clock) => Clock;
}

/** The servers and the outside world of every life of a history. */
export interface Surroundings {
  readonly servers: Servers;
  readonly provider: WebhookProvider;
  readonly workspaces: WorkspaceFactory;
  readonly pubSub: PubSub;
  readonly agents: Agents;
  readonly breakage: Breakage;
  /** Called for each write to the provider or to git, as it is sent. */
  readonly onWrite: (machine: Machine, taskId: string, what: string) => void;
  /** Called for each task when a machine has received that it begun it. */
  readonly onBegun: (machine: Machine, taskId: string, fence: number) => void;
}

/** One life of a gateway or a worker, with connections of its own to both servers. */
export interface Life {
  readonly machine: Machine;
  readonly time: ShiftedTime;
  readonly gateway: Gateway;
  /** Null in a gateway. */
  readonly worker: Worker | null;
  /** Dies after `calls` more calls. */
  dieAfter(calls: number): void;
  /** Resolves when its connections are closed; ends it first. */
  close(): Promise<void>;
}

/** How long a task is held without a heartbeat, in milliseconds: no test waits for it, leases are ended by hand. */
export const leaseMs = 30_000;

/** The token of the admin API in a history. */
export const adminToken = "a-token-of-the-histories-and-no-other";

const workerSettings = {
  ...{ concurrency: 6, leaseMs, maxAttempts: 1000, shutdownGraceMs: 0, effectRecheckMs: 20, reconcileIntervalMs: 60 },
  ...{ taskBudgetUsd: 1, dailyBudgetUsd: 1_000_000, retryBackOff: { baseMs: 1, capMs: 20 } },
};

/** Starts a life. */
export async function startLife(surroundings: Surroundings, name: string, isWorker: boolean): Promise<Life> {
  const { servers, breakage, agents, onWrite, onBegun, pubSub } = surroundings;
  const time = createShiftedTime();
  const machine = createMachine(name, time, Date.now());
  const network = createNetwork(time, 1);
  const random = createRandom(1);
  let callsLeft = Number.POSITIVE_INFINITY;
  const call: Call = (server, work) => {
    if (callsLeft <= 0) machine.kill();
    callsLeft -= 1;
    return network.call(machine, server, random, work);
  };
  const note: NoteWrite = (taskId, what) => {
    if (!machine.isDead) onWrite(machine, taskId, what);
  };

  const pool = new Pool({ connectionString: servers.databaseUrl, max: 8 });
  pool.on("error", () => {});
  const client = new Redis(servers.redisUrl);
  client.on("error", () => {});
  const keyRing = createAesKeyRing({ keys: [{ id: "k1", key: new Uint8Array(32).fill(7) }] });
  const whole = createPostgresStore({ database: openPostgresDatabase({ pool }), keyRing });
  const store = networkedStore(breakage.store?.(whole) ?? whole, machine, call);
  const begin: Store["tasks"]["begin"] = async (taskId, options) => {
    const begun = await store.tasks.begin(taskId, options);
    if (begun.status === "begun") onBegun(machine, taskId, begun.lease.fence);
    return begun;
  };
  const queue = createRedisQueue({ client, name: servers.queueName });
  const parts = {
    store: { ...store, tasks: { ...store.tasks, begin } },
    queue: networkedQueue(() => queue, call),
    providers: [networkedProvider(surroundings.provider, call, note)],
    pubSub: {
      ...pubSub,
      subscribe: (channel: string, onMessage: () => void) =>
        pubSub.subscribe(channel, () => machine.deliver("answer", onMessage)),
    },
    ...{ clock: breakage.clock?.(machine.clock) ?? machine.clock, tracer: silentTracer },
  };
  const worker = isWorker
    ? createWorker({
        ...parts,
        ...workerSettings,
        sandbox: createNoSandbox(),
        agent: agents.runner(machine),
        workspaces: networkedWorkspaces(surroundings.workspaces, call, note),
        endOrphans: async () => {},
      })
    : null;
  await worker?.start();
  let closing: Promise<void> | null = null;
  return {
    ...{ machine, time, worker },
    gateway: createGateway({ ...parts, admin: { token: adminToken } }),
    dieAfter(calls) {
      callsLeft = calls;
    },
    close() {
      machine.kill();
      closing ??= (async () => {
        client.disconnect();
        await queue.close().catch(() => {});
        await pool.end();
      })();
      return closing;
    },
  };
}
