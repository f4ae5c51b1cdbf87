import { createMemoryPubSub } from "@agentbot/core/memory";
import { createFakeProvider } from "@agentbot/core/testing";
import { createMemoryBranches, createMemoryWorkspaces } from "../one-process/memory-workspaces.js";
import { type Breakage, leaseMs } from "./bot.js";
import { type Crew, startCrew } from "./crew.js";
import { createAgents } from "./held-agent.js";
import { judgeHistory } from "./judge-history.js";
import { createModel, type Model } from "./model.js";
import { createPeople, type People } from "./people.js";
import type { Servers } from "./servers.js";
import { settle } from "./settle.js";
import type { Step } from "./step.js";

/** The parts that a step acts on. */
interface Scene {
  readonly servers: Servers;
  readonly crew: Crew;
  readonly people: People;
  readonly model: Model;
  readonly released: Set<number>;
  readonly release: (message: number) => void;
  readonly says: (wrong: string) => void;
  readonly restWithinMs: number;
}

/**
 * Much longer than a lease: a heartbeat on its way may renew what its worker, which was paused, has given up meanwhile, and
 * the machine may be busy.
 */
const patienceMs = leaseMs + 60_000;

/** How a history is played, where it is not as usual. */
export interface HistorySettings {
  /** How long everything may take to come to rest, in milliseconds. @defaultValue 90,000 */
  readonly restWithinMs?: number;
  readonly breakage?: Breakage;
}

async function take(step: Step, index: number, scene: Scene): Promise<void> {
  const { servers, crew, people, release } = scene;
  const { messages } = people;
  switch (step.kind) {
    case "deliver":
      return await people.deliver(step.thread, step.request);
    case "forge":
      return await people.forge();
    case "crash gateway":
      return crew.gateway(step.machine).dieAfter(step.afterCalls % 4);
    case "crash worker":
      return crew.worker(step.machine).dieAfter(step.afterCalls);
    case "restart worker":
      return await crew.restart(step.machine);
    case "pause worker":
      return crew.worker(step.machine).machine.pause();
    case "resume worker": {
      const { machine } = crew.worker(step.machine);
      if (machine.isPaused) machine.resume(index % 2 === 0);
      return;
    }
    case "flush":
      return await servers.flush();
    case "let leases end":
      return await crew.endLeases();
    case "settle":
      return await settle(scene);
  }
  const message = messages[step.message % Math.max(1, messages.length)];
  if (!message) return;
  switch (step.kind) {
    case "duplicate":
      return await people.duplicate(message, step.copies);
    case "release":
      return release(message.number);
    case "cancel":
      return await people.cancel(message);
    case "retry":
      return await people.retry(message);
    case "replay":
      return await people.replay(message, `step-${index}`);
  }
}

/** Plays a history on real servers, next to the model; gives everything that went wrong, in words. */
export async function playHistory(
  servers: Servers,
  steps: readonly Step[],
  { restWithinMs = patienceMs, breakage = {} }: HistorySettings = {},
): Promise<readonly string[]> {
  await servers.empty();
  const wrong: string[] = [];
  const says = (what: string): void => void wrong.push(what);
  const model = createModel();
  const released = new Set<number>();
  const remote = createMemoryBranches();
  const findBranch = async (branch: string) => (branch === "main" ? "1" : (remote.branches.get(branch) ?? null));
  const provider = createFakeProvider({ findBranch });
  const threads = new Map<number, number>();
  const agents = createAgents((message) => threads.get(message));
  /** The newest fence of each task that has begun, in the order in which the tasks first began. */
  const fences = new Map<string, number>();
  const crew = await startCrew({
    ...{ servers, provider, agents, breakage, pubSub: createMemoryPubSub() },
    workspaces: createMemoryWorkspaces(remote),
    onBegun: (_machine, taskId, fence) => void fences.set(taskId, Math.max(fence, fences.get(taskId) ?? 0)),
    onWrite(machine, taskId, what) {
      const own = machine.fences.get(taskId) ?? 0;
      const newest = fences.get(taskId) ?? 0;
      if (own < newest)
        says(`${machine.name} ${what} for task ${taskId} under fence ${own}, begun again under ${newest}`);
    },
  });
  const release = (message: number): void => {
    released.add(message);
    agents.release(message);
  };
  const people = createPeople({ crew, model, provider, servers, says });
  const scene: Scene = { servers, crew, people, model, released, release, says, restWithinMs };
  try {
    for (const [index, step] of steps.entries()) {
      if (step.kind === "deliver") threads.set(people.messages.length, step.thread);
      await take(step, index, scene);
      if (wrong.length > 0) return wrong;
    }
    crew.wakeAll();
    for (const { number } of people.messages) release(number);
    await settle(scene);
    const left = { provider, remote, model, servers, begun: [...fences.keys()] };
    return [...wrong, ...agents.violations, ...(await judgeHistory(left))];
  } finally {
    await crew.close();
  }
}
