import type { Logger } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";
import { isLocalGitFailure } from "../git/git-failure.js";
import { findBaseCommit, openMirror } from "../mirror.js";
import type { CheckedRequest } from "../names.js";
import { acquireTicketLock } from "../ticket-lock.js";
import type { ThreadLayout, WorkspaceLayout } from "../workspace-layout.js";
import { borrowMirror, checkOut, clearThread, giveAgentHistory } from "./thread-place.js";

/** The dependencies of {@link prepareTree}. */
export interface TreeContext {
  readonly git: GitClient;
  readonly layout: WorkspaceLayout;
  readonly place: ThreadLayout;
  readonly historyDepth: number;
  readonly author: { readonly name: string; readonly email: string };
  readonly logger: Logger | undefined;
}

/** Fills the place of a thread with the files of the base commit and returns its id. Replaces a damaged mirror once. */
export async function prepareTree(context: TreeContext, request: CheckedRequest, signal: AbortSignal): Promise<string> {
  const { git, place, historyDepth: depth, author, logger } = context;
  let damaged: number | null = null;
  for (;;) {
    let generation = 0;
    try {
      await clearThread(place);
      const onGeneration = (used: number): void => {
        generation = used;
      };
      const commit = await borrow(context, request, { damaged, onGeneration, signal });
      await checkOut(git, place, commit, signal);
      await giveAgentHistory(git, { place, commit, branch: request.baseBranch, depth, author, signal });
      return commit;
    } catch (error) {
      if (damaged !== null || !isLocalGitFailure(error)) throw error;
      damaged = generation;
      logger?.warn({ err: error, repository: request.repositoryPath }, "The mirror is damaged: making a new one");
    }
  }
}

interface BorrowOptions {
  /** The generation of the mirror that proved damaged, or null. */
  readonly damaged: number | null;
  readonly onGeneration: (generation: number) => void;
  readonly signal: AbortSignal;
}

/** Under the mirror's lock: finds the base commit and makes the thread's GIT_DIR borrow from the mirror that has it. */
async function borrow(
  { git, layout, place, logger }: TreeContext,
  request: CheckedRequest,
  { damaged, onGeneration, signal }: BorrowOptions,
): Promise<string> {
  const { generations, lock } = layout.mirror(request.repository);
  const held = await acquireTicketLock(lock, { signal, takeOverAfterMs: null });
  try {
    const mirror = await openMirror({ git, layout, generations, damaged, signal });
    onGeneration(mirror.generation);
    const baseCommit = await findBaseCommit({ git, mirror: mirror.directory, request, logger, signal });
    await borrowMirror(git, place, mirror.directory, signal);
    return baseCommit;
  } finally {
    await held.release();
  }
}
