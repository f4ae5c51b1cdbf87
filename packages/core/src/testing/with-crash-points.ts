import type { AgentRunner } from "../ports/agent-runner.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { Workspace, WorkspaceFactory } from "../ports/workspace-factory.js";

/** The durable steps of a task's life, in order. */
export const durableSteps = [
  "record",
  "enqueue",
  "begin",
  "comment",
  "workspace",
  "agent",
  "checkpoint",
  "push",
  "pull-request",
  "settle",
] as const;

/** One of the durable steps of a task's life. */
export type DurableStep = (typeof durableSteps)[number];

/** A place where a process may die: just before or just after a durable step. */
export type CrashPoint = `before:${DurableStep}` | `after:${DurableStep}`;

/** Every place where a process may die. */
export const crashPoints: readonly CrashPoint[] = durableSteps.flatMap((step): CrashPoint[] => [
  `before:${step}`,
  `after:${step}`,
]);

/** The parts of a bot that take durable steps. */
export interface CrashableParts {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly providers: readonly WebhookProvider[];
  readonly agent: AgentRunner;
  readonly workspaces: WorkspaceFactory;
}

/** Called at every crash point that is passed; a test ends the process there with SIGKILL. */
export type OnCrashPoint = (point: CrashPoint) => void;

/**
 * Wraps the parts of a bot so that a test hears of each durable step just before and just after it. The product itself
 * has no such hook: ports are what makes it possible from outside.
 */
export function withCrashPoints<Parts extends CrashableParts>(parts: Parts, onPoint: OnCrashPoint): Parts {
  const step =
    <Arguments extends unknown[], Result>(name: DurableStep, work: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      onPoint(`before:${name}`);
      const result = await work(...given);
      onPoint(`after:${name}`);
      return result;
    };
  const { store, queue, providers, agent, workspaces } = parts;

  const crashable: CrashableParts = {
    store: {
      ...store,
      inbox: { ...store.inbox, record: step("record", store.inbox.record) },
      tasks: { ...store.tasks, begin: step("begin", store.tasks.begin), settle: step("settle", store.tasks.settle) },
      checkpoints: { ...store.checkpoints, save: step("checkpoint", store.checkpoints.save) },
    },
    queue: { ...queue, enqueue: step("enqueue", queue.enqueue) },
    providers: providers.map((provider) => crashableProvider(provider, step)),
    agent: { ...agent, run: step("agent", agent.run) },
    workspaces: {
      prepare: step("workspace", async (request: Parameters<WorkspaceFactory["prepare"]>[0]) => {
        const prepared = await workspaces.prepare(request);
        const { workspace } = prepared;
        const publish = step("push", (push: Parameters<Workspace["publish"]>[0]) => workspace.publish(push));
        return { ...prepared, workspace: { ...workspace, publish } };
      }),
    },
  };
  return { ...parts, ...crashable };
}

type StepWrapper = <Arguments extends unknown[], Result>(
  name: DurableStep,
  work: (...given: Arguments) => Promise<Result>,
) => (...given: Arguments) => Promise<Result>;

function crashableProvider(provider: WebhookProvider, step: StepWrapper): WebhookProvider {
  const { conversation, codeHost } = provider;
  return {
    ...provider,
    conversation: { ...conversation, postStatus: step("comment", conversation.postStatus) },
    ...(codeHost && {
      codeHost: { ...codeHost, openPullRequest: step("pull-request", codeHost.openPullRequest) },
    }),
  };
}
