/** The keys of a queue, in the order its scripts take them. */
export interface QueueKeys {
  /** Of every script. */
  readonly all: readonly string[];
  /** What waiting workers block on. */
  readonly marker: string;
}

/** The waiting set has the queue's bare name, everything else that name as its hash tag: one slot of a Cluster. */
export function queueKeys(name: string): QueueKeys {
  const marker = `{${name}}:marker`;
  const others = ["records", "leases", "delayed", "buried", "reasons", "marker", "line:", "parked"];
  return { all: [name, ...others.map((other) => `{${name}}:${other}`)], marker };
}
