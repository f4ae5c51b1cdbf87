import type { Lease, Store } from "@agentbot/core";

/** Returns the newest lease of a task whatever lease is given, as in a store that ignores the fence. */
export const newestLease = async ({ tasks }: Store, { taskId, fence }: Lease): Promise<Lease> => ({
  taskId,
  fence: (await tasks.find(taskId))?.fence ?? fence,
});
