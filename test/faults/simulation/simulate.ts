import type { Clock, Store, TaskSummary } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import { createMemoryPubSub, createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createFakeProvider } from "@agentbot/core/testing";
import { createMemoryBranches, createMemoryWorkspaces } from "../one-process/memory-workspaces.js";
import { createRandom } from "../world/random.js";
import { judge } from "./judge.js";
import { withLateLists } from "./late-lists.js";
import { createMachine } from "./machine.js";
import { createNetwork, quietNetwork } from "./network.js";
import { createPeople } from "./people.js";
import { type Action, faultsEndMs, type Plan } from "./plan.js";
import { type Durable, type Life, startLife } from "./start-life.js";
import { createVirtualTime } from "./virtual-time.js";
import { createWatch } from "./watch.js";

/** The result of one simulation. */
export interface Result {
  readonly plan: Plan;
  /** The broken promises, in words. */
  readonly violations: readonly string[];
  readonly tasks: readonly TaskSummary[];
  readonly eventCount: number;
  readonly lives: number;
}

/** Parts that a test breaks on purpose, to see the simulation find it. */
export interface Breakage {
  readonly store?: (store: Store) => Store;
  /** The clocks of the machines. */
  readonly clock?: (clock: Clock) => Clock;
}

/** How long a simulation goes on at most after the last fault, in milliseconds of virtual time that is not leapt over. */
const longestRestMs = 4_800_000;
const restStepMs = 60_000;

/** Plays a plan to its end, deterministically, and judges what came of it. */
export async function simulate(plan: Plan, breakage: Breakage = {}): Promise<Result> {
  const { seed, actions, gateways, workers } = plan;
  const time = createVirtualTime();
  const random = createRandom(seed ^ 0x2545f491);
  const servers = createMachine("servers", time);
  const { clock } = servers;
  const network = createNetwork(time);
  const remote = createMemoryBranches();
  const findBranch = async (branch: string) => (branch === "main" ? "1" : (remote.branches.get(branch) ?? null));
  const provider = createFakeProvider({ findBranch });
  const memoryStore = createMemoryStore({ clock });
  const store = breakage.store?.(memoryStore) ?? memoryStore;
  let queue = createMemoryQueue({ clock });
  const watch = createWatch();
  const durable: Durable = {
    breakClock: breakage.clock ?? ((each) => each),
    ...{ time, network, watch, store, queue: () => queue, provider: withLateLists(provider, time) },
    ...{ workspaces: createMemoryWorkspaces(remote), pubSub: createMemoryPubSub() },
  };

  const lives: Life[] = [];
  let lifeCount = 0;
  let isEnded = false;
  const begin = async (index: number): Promise<void> => {
    if (isEnded) return;
    lifeCount += 1;
    const life = await startLife(plan, durable, index, lifeCount);
    lives[index] = life;
    life.machine.onDeath(() => void time.after(random.between(500, 20_000), () => void begin(index)));
  };
  for (let index = 0; index < gateways + workers; index += 1) await begin(index);
  const people = createPeople(
    provider,
    time,
    random,
    () => lives.slice(0, gateways),
    () => clock.now(),
  );

  const taskOf = (message: number): string | undefined => [...(people.told.get(message) ?? [])][0];
  const replay = async (message: number, key: string): Promise<void> => {
    const { items } = await store.inbox.search({ externalId: `delivery-message-${message}`, limit: 200 });
    const original = items.find(({ endpoint }) => endpoint === "acme");
    if (original) await people.ask(`deliveries/${original.id}/replay`, { key });
  };
  const act = (action: Action): void => {
    switch (action.kind) {
      case "deliver":
        for (let copy = 0; copy < action.copies; copy += 1)
          void people.send(action.message, action.thread, action.isLabel);
        break;
      case "cancel":
      case "retry": {
        const taskId = taskOf(action.message);
        if (taskId !== undefined) void people.ask(`tasks/${taskId}/${action.kind}`, {});
        break;
      }
      case "replay":
        void replay(action.message, `replay-${action.atMs}`);
        break;
      case "kill":
        lives[action.machine]?.machine.kill();
        break;
      case "stop": {
        const life = lives[action.machine];
        // A process that was asked to end is gone in the end, whatever it waits for.
        void life?.worker?.stop().then(() => life.machine.kill());
        if (life) time.after(60_000, () => life.machine.kill());
        break;
      }
      case "pause": {
        const machine = lives[action.machine]?.machine;
        machine?.pause();
        time.after(action.forMs, () => machine?.resume(action.areAnswersFirst));
        break;
      }
      case "flush": {
        const lost = queue;
        queue = createMemoryQueue({ clock });
        void lost.close();
        break;
      }
      case "outage":
        network.down.add(action.server);
        time.after(action.forMs, () => network.down.delete(action.server));
        break;
      case "date":
        (action.machine === null ? servers : lives[action.machine]?.machine)?.shiftDate(action.byMs);
    }
  };
  for (const action of actions) time.after(action.atMs, () => act(action));

  network.faults = plan.network;
  await time.run(() => false, faultsEndMs);
  network.faults = quietNetwork;
  network.down.clear();

  const isOver = (): boolean => watch.openCount === 0 && people.waiting === 0;
  const openTasks = async (): Promise<readonly TaskSummary[]> =>
    (await store.tasks.search({ limit: 200 })).items.filter(({ status }) => !isFinalStatus(status));
  for (let restMs = 0; restMs < longestRestMs && !isOver(); restMs += restStepMs) {
    await time.run(isOver, time.nowMs + restStepMs);
    // No task runs and all wait for a later day: nothing happens until then.
    const open = isOver() || people.waiting > 0 ? [] : await openTasks();
    // Newest first: the oldest of each thread is the last, and the others wait for it.
    const heads = new Map(open.map((task) => [task.threadId, task]));
    const waits = [...heads.values()].map(({ status, notBefore }) =>
      status === "queued" && notBefore ? notBefore.getTime() - clock.now().getTime() : 0,
    );
    const soonestMs = waits.length > 0 ? Math.min(...waits) : 0;
    if (soonestMs > 2 * restStepMs) time.leapTo(time.nowMs + soonestMs - 1000);
  }

  isEnded = true;
  await queue.close();
  const { items: tasks } = await store.tasks.search({ limit: 200 });
  const violations = [...watch.violations, ...(await judge({ plan, watch, people, tasks, remote, provider, store }))];
  return { plan, violations, tasks, eventCount: time.eventCount, lives: lifeCount };
}
