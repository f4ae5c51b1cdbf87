import type { TaskDraft, ThreadAlias } from "@agentbot/core";

/** The names of the thread that a draft belongs to, scoped by its origin. */
export function aliasesOf({ origin, threadAliases }: TaskDraft): readonly ThreadAlias[] {
  return threadAliases.map((alias) => ({ provider: origin.provider, tenant: origin.tenant, alias }));
}

/** The names to lock, as `namedLocks` does, before a thread is looked up by these aliases to be joined or renamed. */
export function threadLockNames(aliases: readonly ThreadAlias[]): readonly string[] {
  return aliases.map(({ provider, tenant, alias }) => `thread:${provider} ${tenant} ${alias}`);
}
