import { decideAmong } from "../../access/decide-among.js";
import type { CodeHost } from "../../ports/code-host.js";
import type { RepositoryQuestion } from "../../ports/repository-resolver.js";
import { repositoryUnknown } from "../../reasons/explain.js";
import { isOnlyRepositoryPath, repositoryNames } from "../../repositories/create-repository-resolver.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { Task, TaskSummary } from "../../task/task.js";
import { refuse } from "../run/refuse.js";
import type { RunContext } from "../run/run-context.js";
import { cancelledEarly, EarlyEnd, type Stage } from "../stage.js";
import { isLongWait } from "../status/task-status.js";

/** The input of a run. */
export interface Claimed {
  readonly task: Task;
}

/** A task whose repository is known. */
export interface Resolved extends Claimed {
  /** The task with the words of the request to work on: those of an earlier task if this one only answers a question. */
  readonly task: Task;
  readonly repository: RepositoryRef;
  /** The session of the thread's earlier work in this repository, to resume; null if there is none. */
  readonly threadSessionId: string | null;
  readonly codeHost: CodeHost;
}

/** How long a task waits for a worker that has the repository's provider, in milliseconds. */
const unservedRetryMs = 60_000;

/** Decides in which repository the work is done, or ends the task with a question to its thread. */
export const resolveRepository: Stage<Claimed, Resolved> = {
  name: "resolve-repository",
  run: async ({ task }, context) => {
    const { store, resolver, providers, logger } = context.deps;
    const thread = await store.threads.findById(task.threadId);
    const remembered = thread?.repository ?? null;
    const resolution = await resolver.resolve({ task, remembered }, { signal: context.signal });
    if (resolution.status === "question") return await endWithQuestion(resolution, context);
    if (resolution.status === "refused") {
      const { reason, explanation } = resolution;
      logger.warn({ reason, explanation }, "No repository may be worked in for the task");
      // Access is decided about a repository. Where there is none, only what was let in at receipt is answered.
      return new EarlyEnd({ status: "cancelled", reason, explanation }, { isSilent: !task.isPreauthorized });
    }

    const { repository } = resolution;
    const codeHost = providers.get(repository.provider)?.codeHost;
    if (!codeHost) {
      logger.error({ provider: repository.provider }, "This worker lacks the code host of the task's repository");
      const explanation = `The bot is not set up for ${repository.path} here.`;
      const parked = { status: "queued", cause: "parked", reason: "provider_not_configured" } as const;
      // Access cannot be decided without it.
      const isSilent = !isLongWait(task, context.deps.clock);
      return new EarlyEnd({ ...parked, explanation, delayMs: unservedRetryMs }, { isSilent });
    }
    // Another repository's session may know what this one's readers must not see, and its home is not here.
    const isResumable = remembered === null || isSameRepository(remembered, repository);
    const threadSessionId = isResumable ? (thread?.sessionId ?? null) : null;
    return { task: await withRequestedWords(task, repository, context), repository, threadSessionId, codeHost };
  },
};

/** The question shows names of repositories, so an actor without access to any of them is refused in its place. */
async function endWithQuestion({ question, choices }: RepositoryQuestion, context: RunContext): Promise<EarlyEnd> {
  const decision = await decideAmong(choices, context.task, context.deps.access, context.signal);
  if (decision?.status === "refused") return await refuse(decision, context);
  return cancelledEarly(repositoryUnknown, question);
}

/**
 * Stores the repository on the task and for later tasks of its thread, where it, its path or its default branch is another. Called once access
 * was granted: a request that is refused must not choose where the next one works.
 */
export async function rememberRepository(
  { repository }: Pick<Resolved, "repository">,
  { task, lease, deps }: RunContext,
): Promise<void> {
  const { path, defaultBranch } = task.repository ?? {};
  const isUpToDate = path === repository.path && defaultBranch === repository.defaultBranch;
  if (isUpToDate && isSameRepository(task.repository, repository)) return;
  await deps.store.threads.assignRepository(lease, repository);
}

function isSameRepository(one: RepositoryRef | null, other: RepositoryRef): boolean {
  return one?.provider === other.provider && one.tenant === other.tenant && one.id === other.id;
}

/** How far back the task is searched that a path answers; a person who was asked answers soon. */
const maxEarlierTasks = 20;

/**
 * The answer `acme/site` to "In which repository?" is a task of its own, and the work is what the same actor requested
 * before: only that person's words, since the question was theirs.
 */
async function withRequestedWords(task: Task, repository: RepositoryRef, { deps }: RunContext): Promise<Task> {
  const isAnswer = repositoryNames(repository).some((name) => isOnlyRepositoryPath(task.instruction, name));
  if (!isAnswer) return task;
  const { items } = await deps.store.tasks.search({ threadId: task.threadId, limit: maxEarlierTasks });
  const isEarlierOwn = ({ id, actor, createdAt }: TaskSummary): boolean =>
    id !== task.id &&
    createdAt <= task.createdAt &&
    actor.provider === task.actor.provider &&
    actor.id === task.actor.id;
  // By their recording, not by their places in line: a retry gives a task a new place.
  const earlierOnes = items
    .filter(isEarlierOwn)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  for (const earlier of earlierOnes) {
    const wasUnknown = earlier.status === "cancelled" && earlier.reason === repositoryUnknown;
    if (!wasUnknown) return task;
    const request = await deps.store.tasks.find(earlier.id);
    if (request === null || isOnlyRepositoryPath(request.instruction)) continue;
    const { title, instruction, context } = request;
    return { ...task, title, instruction, context };
  }
  return task;
}
