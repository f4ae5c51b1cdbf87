import {
  type CodeHost,
  createLifecycleEvents,
  createNoSandbox,
  createWorker,
  type PubSub,
  type Store,
  type Workspace,
} from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { createFakeProvider, createScriptedRunner, recordTask } from "@agentbot/core/testing";

/** The number of an agent's lines, and the pause before each, in milliseconds. */
export interface Talk {
  readonly lines: number;
  readonly pauseMs: () => number;
}

/** A task whose agent writes lines after `talk` was called. */
export interface TalkingTask {
  readonly taskId: string;
  /** Lets the agent talk; resolves when the task is being worked on no more. */
  talk(): Promise<void>;
}

const commit = "a".repeat(40);
const workspace: Workspace = {
  directory: "/nonexistent",
  homeDirectory: "/nonexistent",
  gitDirectory: "/nonexistent",
  cacheDirectory: "/nonexistent",
  baseCommit: commit,
  notes: [],
  commit: async () => ({ status: "unchanged", leftOut: null }),
  restore: async () => {},
  publish: async () => {},
};
const codeHost: CodeHost = {
  credentials: async ({ path }) => ({
    ...{ path, defaultBranch: null, gitUrl: "https://code.invalid/", authorization: "none" },
    branchUrl: (branch) => `https://code.invalid/${branch}`,
    revoke: async () => {},
  }),
  permission: async () => "write",
  readFile: async () => null,
  findPullRequest: async () => null,
  openPullRequest: async () => {
    throw new Error("An agent that changes nothing has no pull request");
  },
};

/** The real worker, in this process, with one task whose agent puts the time into each line. */
export async function startTalkingTask(store: Store, pubSub: PubSub, { lines, pauseMs }: Talk): Promise<TalkingTask> {
  let begin = (): void => {};
  const hasBegun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const agent = createScriptedRunner({
    script: async ({ emit }) => {
      await hasBegun;
      for (let line = 0; line < lines; line += 1) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs()));
        emit({ type: "agent:message", data: { text: "A line as an agent says it.", saidAtMs: performance.now() } });
      }
      return undefined;
    },
  });
  const queue = createMemoryQueue();
  const provider = { ...createFakeProvider(), codeHost };
  const { taskId, entry } = await recordTask(store);
  await queue.enqueue([entry]);
  const workspaces = { prepare: async () => ({ workspace, dispose: async () => {} }) };
  const events = createLifecycleEvents();
  const hasEnded = new Promise<void>((resolve) => void events.on("task:settled", () => resolve()));
  const worker = createWorker({
    ...{ store, queue, agent, workspaces, pubSub, providers: [provider] },
    sandbox: createNoSandbox(),
    dailyBudgetUsd: 1_000_000,
    events,
  });
  await worker.start();
  return {
    taskId,
    async talk() {
      begin();
      await hasEnded;
      await worker.stop();
      await queue.close();
    },
  };
}
