import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TenantCheck } from "@agentbot/core";
import { removeTree } from "@agentbot/core/process";
import type { WorkspaceLayout } from "../workspace-layout.js";

/**
 * Removes the mirrors, caches and threads of tenants that are gone. A task of such a tenant that still runs loses its lock
 * with its tree, so that it commits and publishes nothing. Interrupted at any point, the next call removes the rest.
 */
export async function removeGoneTenants(
  { tenantRoots }: Pick<WorkspaceLayout, "tenantRoots">,
  isGone: TenantCheck,
  signal: AbortSignal,
): Promise<number> {
  const verdicts = new Map<string, boolean>();
  for (const root of tenantRoots) {
    for (const provider of await namesIn(root)) {
      for (const tenant of await namesIn(join(root, provider))) {
        signal.throwIfAborted();
        const key = join(provider, tenant);
        const isOver = verdicts.get(key) ?? (await isGone({ provider, tenant }));
        verdicts.set(key, isOver);
        if (isOver) await removeTree(join(root, key));
      }
    }
  }
  return [...verdicts.values()].filter(Boolean).length;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}
