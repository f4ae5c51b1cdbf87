/** Runs the three flows in a process of their own; returns the files of each. */
export function measureFlows(): Readonly<Record<"webhook" | "task" | "cancellation", readonly string[]>>;
