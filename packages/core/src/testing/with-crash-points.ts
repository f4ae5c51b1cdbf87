import type { AgentRunner } from "../ports/agent-runner.js";
import type { EffectLedger } from "../ports/effect-ledger.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { Workspace, WorkspaceFactory } from "../ports/workspace-factory.js";
import type { CrashPoint, DurableStep } from "./crash-points.js";

/** The dependencies of a bot that take durable steps. */
export interface CrashableDeps {
  /** Each write is a step. */
  readonly store: Store;
  /** Each change of an entry is a step. */
  readonly queue: TaskQueue;
  /** Each call that writes is a step. */
  readonly providers: readonly WebhookProvider[];
  /** Each run is a step. */
  readonly agent: AgentRunner;
  /** Each commit and push is a step. */
  readonly workspaces: WorkspaceFactory;
}

/** Called at every crash point that is passed; a test ends the process there with SIGKILL. */
export type OnCrashPoint = (point: CrashPoint) => void;

/** The same work with a crash point before and after it. */
type StepWrapper = <Arguments extends unknown[], Result>(
  name: DurableStep,
  work: (...given: Arguments) => Promise<Result>,
) => (...given: Arguments) => Promise<Result>;

/**
 * Wraps the dependencies of a bot so that a test is notified just before and just after each durable step. The product itself has
 * no such hook: its ports make one possible from outside.
 */
export function withCrashPoints<Deps extends CrashableDeps>(deps: Deps, onPoint: OnCrashPoint): Deps {
  const step: StepWrapper =
    (name, work) =>
    async (...given) => {
      onPoint(`before:${name}`);
      const result = await work(...given);
      onPoint(`after:${name}`);
      return result;
    };
  const crashable: CrashableDeps = {
    store: crashableStore(deps.store, step),
    queue: crashableQueue(deps.queue, step),
    providers: deps.providers.map((provider) => crashableProvider(provider, step)),
    agent: { ...deps.agent, run: step("agent", deps.agent.run) },
    workspaces: crashableWorkspaces(deps.workspaces, step),
  };
  return { ...deps, ...crashable };
}

function crashableStore(store: Store, step: StepWrapper): Store {
  const { inbox, tasks, threads, effects, transcript, checkpoints, budgets } = store;
  return {
    ...store,
    inbox: { ...inbox, record: step("record", inbox.record) },
    tasks: { ...tasks, begin: step("begin", tasks.begin), settle: step("settle", tasks.settle) },
    threads: { ...threads, link: step("link", threads.link) },
    effects: crashableEffects(effects, step),
    transcript: { ...transcript, append: step("transcript", transcript.append) },
    checkpoints: { ...checkpoints, save: step("checkpoint", checkpoints.save) },
    budgets: { ...budgets, reserve: step("reserve", budgets.reserve), settle: step("spend", budgets.settle) },
  };
}

/** The kinds of effects by what their keys end in. */
const effectNames = new Map([
  ["status-comment", "comment"],
  ["branch", "branch"],
  ["pull-request", "pull-request"],
] as const);

function crashableEffects(effects: EffectLedger, step: StepWrapper): EffectLedger {
  const nameOf = (key: string) => [...effectNames].find(([kind]) => key.endsWith(`/${kind}`))?.[1];
  return {
    ...effects,
    async intend(lease, effect) {
      const name = nameOf(effect.key);
      return await (name ? step(`${name}-intent`, effects.intend) : effects.intend)(lease, effect);
    },
    async complete(lease, key, result) {
      const name = nameOf(key);
      await (name ? step(`${name}-record`, effects.complete) : effects.complete)(lease, key, result);
    },
  };
}

function crashableQueue(queue: TaskQueue, step: StepWrapper): TaskQueue {
  return {
    ...queue,
    enqueue: step("enqueue", queue.enqueue),
    claim: step("claim", async (request: Parameters<TaskQueue["claim"]>[0]) => {
      const entries = await queue.claim(request);
      return entries.map((entry) => ({
        ...entry,
        complete: step("complete", () => entry.complete()),
        bury: step("complete", (reason: string) => entry.bury(reason)),
      }));
    }),
  };
}

function crashableProvider(provider: WebhookProvider, step: StepWrapper): WebhookProvider {
  const { source, conversation, codeHost } = provider;
  return {
    ...provider,
    source: { ...source, verify: step("verify", source.verify) },
    conversation: {
      ...conversation,
      acknowledge: step("reaction", conversation.acknowledge),
      postStatus: step("comment", conversation.postStatus),
      updateStatus: step("comment-update", conversation.updateStatus),
    },
    ...(codeHost && {
      codeHost: {
        ...codeHost,
        credentials: step("credential", async (...given: Parameters<typeof codeHost.credentials>) => {
          const credential = await codeHost.credentials(...given);
          return { ...credential, revoke: step("revoke", () => credential.revoke()) };
        }),
        openPullRequest: step("pull-request", codeHost.openPullRequest),
      },
    }),
  };
}

function crashableWorkspaces(workspaces: WorkspaceFactory, step: StepWrapper): WorkspaceFactory {
  return {
    prepare: step("workspace", async (...given: Parameters<WorkspaceFactory["prepare"]>) => {
      const prepared = await workspaces.prepare(...given);
      const { workspace } = prepared;
      return {
        workspace: {
          ...workspace,
          commit: step("commit", (...asked: Parameters<Workspace["commit"]>) => workspace.commit(...asked)),
          publish: step("push", (...asked: Parameters<Workspace["publish"]>) => workspace.publish(...asked)),
        },
        dispose: step("dispose", () => prepared.dispose()),
      };
    }),
  };
}
