/** Opens the facts of a gateway's `/health`. */
export const adminToken = "token-of-the-operator-of-this-world";

/** The settings of a process of the world, as JSON in its first argument. */
export interface ProcessSettings {
  readonly role: "gateway" | "worker";
  /** Its name in the world, such as `worker-1`. */
  readonly name: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** Null: the queue is PostgreSQL's. */
  readonly redisUrl: string | null;
  readonly github: {
    readonly appId: number;
    readonly privateKey: string;
    readonly webhookSecret: string;
    readonly url: string;
    readonly apiUrl: string;
  };
  /** Where branches are published. */
  readonly branchesUrl: string;
  /** A directory for work trees and the log of agent runs. */
  readonly directory: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly reconcileIntervalMs: number;
  readonly shutdownGraceMs: number;
  readonly maxAttempts: number;
  readonly effectRecheckMs: number;
  /** How long the agent works, in milliseconds. */
  readonly agentMs: number;
  /** Null: the agent runs inside the worker, for thousands of tasks. */
  readonly agentProgram: string | null;
  /** How wrong the machine's clock is, in milliseconds, and by how much each SIGUSR2 sets it on. @defaultValue right */
  readonly clock?: { readonly shiftMs: number; readonly stepMs: number };
}

/** The settings of this process. */
export function readSettings(): ProcessSettings {
  return JSON.parse(process.argv[2] ?? "null") as ProcessSettings;
}
