import type { Logger } from "@agentbot/core";
import type { GitClient } from "./git/git-client.js";
import { isLocalGitFailure } from "./git/git-failure.js";
import { acquireTicketLock } from "./lock/ticket-lock.js";
import { findBaseCommit } from "./mirror/find-base-commit.js";
import { openMirror } from "./mirror/open-mirror.js";
import type { CheckedRequest } from "./names/check-request.js";
import { borrowMirror, checkOut } from "./tree/check-out.js";
import { clearThread } from "./tree/clear-thread.js";
import { giveAgentHistory } from "./tree/give-agent-history.js";
import type { ThreadLayout, WorkspaceLayout } from "./workspace-layout.js";

/** What {@link prepareTree} works with. */
export interface TreeContext {
  readonly git: GitClient;
  readonly layout: WorkspaceLayout;
  readonly place: ThreadLayout;
  readonly historyDepth: number;
  readonly author: { readonly name: string; readonly email: string };
  readonly logger: Logger | undefined;
}

/** Fills the place of a thread with the files of the base commit, which it gives. A damaged mirror is replaced once. */
export async function prepareTree(context: TreeContext, request: CheckedRequest): Promise<string> {
  const { git, place, logger } = context;
  const { signal } = request;
  let damaged: number | null = null;
  for (;;) {
    let generation = 0;
    try {
      await clearThread(place);
      const baseCommit = await borrow(context, request, damaged, (used) => {
        generation = used;
      });
      await checkOut(git, place, baseCommit, signal);
      const { historyDepth: depth, author } = context;
      await giveAgentHistory(git, { place, commit: baseCommit, branch: request.baseBranch, depth, author, signal });
      return baseCommit;
    } catch (error) {
      if (damaged !== null || !isLocalGitFailure(error)) throw error;
      damaged = generation;
      logger?.warn({ err: error, repository: request.repositoryName }, "the mirror is damaged: making a new one");
    }
  }
}

/** Under the mirror's lock: finds the base commit and makes the thread's GIT_DIR borrow from where it lies. */
async function borrow(
  { git, layout, place, logger }: TreeContext,
  request: CheckedRequest,
  damaged: number | null,
  onGeneration: (generation: number) => void,
): Promise<string> {
  const { signal } = request;
  const { generations, lock } = layout.mirror(request.installationId, request.mirrorName);
  const held = await acquireTicketLock(lock, { signal, takeOverAfterMs: null });
  try {
    const mirror = await openMirror({ git, layout, generations, damaged, signal });
    onGeneration(mirror.generation);
    const baseCommit = await findBaseCommit(git, mirror.directory, request, logger);
    await borrowMirror(git, place, mirror.directory, signal);
    return baseCommit;
  } finally {
    await held.release();
  }
}
