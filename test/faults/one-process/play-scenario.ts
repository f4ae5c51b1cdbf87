import type { StatusView, TaskSummary } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createFakeProvider, createManualClock } from "@agentbot/core/testing";
import { createMemoryBranches, createMemoryWorkspaces } from "./memory-workspaces.js";
import { runClock } from "./run-clock.js";
import { type DeathPoint, type Durable, type Fate, type Life, startLife } from "./start-lives.js";

/** How a scenario goes. */
export interface Scenario {
  /** Webhooks that ask for work, each in a thread of its own. */
  readonly tasks: number;
  readonly concurrency: number;
  /** Lives that end early, in order; a last one follows them that goes on. */
  readonly fates: readonly Fate[];
  /** Called at each point that a life passes. */
  readonly onPoint?: (point: DeathPoint, life: Life, durable: Durable) => void;
  /** Called when a life has ended, before the next begins. */
  readonly onDeath?: (durable: Durable) => Promise<void>;
}

/** The state when a scenario is over. */
export interface Outcome {
  /** Everything ended in time. */
  readonly isOver: boolean;
  readonly deaths: number;
  /** The task ids that the senders got. */
  readonly taskIds: readonly string[];
  readonly tasks: readonly TaskSummary[];
  /** The views of the bot's status messages, by task. */
  readonly views: ReadonlyMap<string, readonly StatusView[]>;
  readonly branches: ReadonlyMap<string, string>;
  readonly conflicts: number;
  /** Heads of the pull requests. */
  readonly pullRequests: readonly string[];
  /** Kinds of the recorded effects of each task; one that was not performed ends in `?`. */
  readonly effects: ReadonlyMap<string, readonly string[]>;
}

/** The time from one webhook to the next, in milliseconds of that clock: not everything is done at the same moment. */
const betweenMs = 60;
/** More than any scenario needs, in milliseconds of the clock that is moved by hand. */
const longestMs = 600_000;

/** Plays a scenario over parts in memory: each webhook is sent again, with the same bytes, until it is answered. */
export async function playScenario({ tasks: count, concurrency, fates, onPoint, onDeath }: Scenario): Promise<Outcome> {
  const clock = createManualClock();
  const remote = createMemoryBranches();
  const findBranch = async (branch: string) => (branch === "main" ? "1" : (remote.branches.get(branch) ?? null));
  const provider = createFakeProvider({ findBranch });
  const store = createMemoryStore({ clock });
  const queue = createMemoryQueue({ clock });
  const workspaces = createMemoryWorkspaces(remote);
  const durable: Durable = { store, queue, provider, workspaces, clock, concurrency };

  let deaths = 0;
  let ending: Life | null = null;
  const taskIds: string[] = [];
  const begin = (): Promise<Life> =>
    startLife(durable, fates[deaths] ?? null, onPoint && ((point, life) => onPoint(point, life, durable)));
  let coming = begin();

  const supervise = async (): Promise<void> => {
    while (deaths < fates.length) {
      const life = await coming;
      if (!life.isDead) await new Promise((resolve) => life.death.addEventListener("abort", resolve));
      deaths += 1;
      await onDeath?.(durable);
      coming = begin();
    }
    ending = await coming;
  };
  const send = async (thread: number): Promise<void> => {
    await clock.sleep(thread * betweenMs);
    const { headers, body } = provider.webhook({ thread, occurredAt: clock.now().toISOString() });
    for (;;) {
      const request = new Request("http://bot.example/webhooks/acme", { method: "POST", headers, body });
      const life = await coming;
      const answer = life.isDead ? null : await life.deliver(request);
      if (answer?.status === 200) return void taskIds.push(answer.taskId);
      await clock.sleep(100);
    }
  };
  void supervise();
  for (let thread = 1; thread <= count; thread += 1) void send(thread);

  const everyTask = async (): Promise<readonly TaskSummary[]> => (await store.tasks.search({ limit: 200 })).items;
  const isOver = await runClock(
    clock,
    async () => {
      if (taskIds.length < count || ending === null) return false;
      const { waiting, delayed, claimed } = await queue.stats();
      return waiting + delayed + claimed === 0 && (await everyTask()).every(({ status }) => isFinalStatus(status));
    },
    longestMs,
  );
  const deathCount = deaths;
  // The last life ends here without a goodbye, as every other one.
  (await coming).kill();

  const tasks = await everyTask();
  const effects = new Map<string, readonly string[]>();
  for (const { id } of tasks) {
    const listed = await store.effects.list(id);
    effects.set(
      id,
      listed.map(({ kind, performedAt }) => (performedAt ? kind : `${kind}?`)),
    );
  }
  const views = new Map<string, readonly StatusView[]>();
  for (const { taskId, view } of provider.conversation.messages) {
    if (taskId !== null && view !== null) views.set(taskId, [...(views.get(taskId) ?? []), view]);
  }
  return {
    ...{ isOver, deaths: deathCount, taskIds, tasks, views, effects },
    branches: remote.branches,
    conflicts: remote.conflictCount,
    pullRequests: provider.codeHost.pullRequests.map(({ headBranch }) => headBranch),
  };
}
