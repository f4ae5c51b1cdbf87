import { z } from "zod";
import { type SharedOptions, sharedOptionsShape } from "../composition/shared-options.js";
import { portSchema, rateLimiterSchema } from "../errors/port-schema.js";
import type { BackOff } from "../lifecycle/back-off.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import type { AccessPolicy } from "../ports/access-policy.js";
import type { AgentRunner } from "../ports/agent-runner.js";
import type { CodeIndexer } from "../ports/code-indexer.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { RepositoryResolver } from "../ports/repository-resolver.js";
import type { Sandbox } from "../ports/sandbox.js";
import type { WorkspaceFactory } from "../ports/workspace-factory.js";
import { type RetentionOptions, retentionSchema } from "../retention/retention-options.js";
import type { ShapeOf } from "../task/shape-of.js";
import {
  type PullRequestFacts,
  type PullRequestTexts,
  pullRequestTextsSchema,
  type StatusTexts,
  statusTextsSchema,
} from "./texts/operator-texts.js";

/** Options of {@link createWorker}. */
export interface WorkerOptions extends SharedOptions {
  /** Runs the coding agent on a work tree. */
  readonly agent: AgentRunner;
  /** The wall around the agent: while it cannot start, no task is claimed. `createNoSandbox()` runs without one. */
  readonly sandbox: Sandbox;
  /** Prepares the work trees, and publishes what was changed in them. */
  readonly workspaces: WorkspaceFactory;
  /** Decides in which repository a task is done. @defaultValue `createRepositoryResolver()`: the one its event named */
  readonly resolver?: RepositoryResolver;
  /** Decides who may request work. @defaultValue `createPermissionPolicy` over the code hosts of `providers` */
  readonly access?: AccessPolicy;
  /** Maps repositories for the agent. @defaultValue none */
  readonly indexer?: CodeIndexer;
  /** Returns the jitter of a wait, from 0 up to 1. @defaultValue Math.random */
  readonly random?: () => number;
  /** Ends processes that agents of dead workers left running. @defaultValue looks through the processes of this machine */
  readonly endOrphans?: () => Promise<void>;
  /** Limits the tasks of one person; further ones wait. @defaultValue any number */
  readonly userTasks?: RateLimiter;
  /** Limits the tasks of one repository; further ones wait. @defaultValue any number */
  readonly repositoryTasks?: RateLimiter;
  /** Exact values that are removed from everything that is stored or shown. @defaultValue none */
  readonly secrets?: readonly string[];
  /** The bot's name in status messages and pull requests. @defaultValue agentbot */
  readonly botName?: string;
  /**
   * Rules for the agent in every task, e.g. how to test; at most 20,000 characters. They are trusted, and precede the request
   * in the prompt. @defaultValue none
   */
  readonly instructions?: string;
  /**
   * The begin of the name of each task's branch; the task's id follows. Change it while no task is being published: one that
   * is tried again may get a second branch. @defaultValue `agentbot/`
   */
  readonly branchPrefix?: string;
  /**
   * Returns the title and the body of a pull request. They are made inert and cut; if the function fails, the built-in
   * texts are used and a warning is logged. @defaultValue the task's title; summary, changed files and request
   */
  readonly pullRequestTexts?: (facts: PullRequestFacts) => PullRequestTexts;
  /** Words of the status message, e.g. in another language. @defaultValue English sentences */
  readonly statusTexts?: StatusTexts;
  /** Maximum number of tasks at once. @defaultValue 2 */
  readonly concurrency?: number;
  /** How long a task is held without a heartbeat, in milliseconds. @defaultValue 30,000 */
  readonly leaseMs?: number;
  /** Maximum duration of one agent run, in milliseconds. @defaultValue 1,800,000 */
  readonly taskTimeoutMs?: number;
  /** Maximum attempts of a task; paid work gets as many again to be published. @defaultValue 3 */
  readonly maxAttempts?: number;
  /** How long `stop` lets runs continue, in milliseconds. @defaultValue 25,000 */
  readonly shutdownGraceMs?: number;
  /** Maximum spending of one task, in US dollars. @defaultValue 5 */
  readonly taskBudgetUsd?: number;
  /** Maximum spending of one installation in a UTC day, in US dollars. @defaultValue 100 */
  readonly dailyBudgetUsd?: number;
  /** The wait between attempts. @defaultValue 5 s doubling to 5 min, with jitter */
  readonly retryBackOff?: BackOff;
  /** Maximum age of a task that waits, attempts unused, for the end of an outage, in milliseconds. @defaultValue 24 h */
  readonly outagePatienceMs?: number;
  /** Pause between two searches for an effect of unknown fate, in milliseconds. @defaultValue 3,000 */
  readonly effectRecheckMs?: number;
  /** Interval at which store and queue are compared, in milliseconds. @defaultValue 10,000 */
  readonly reconcileIntervalMs?: number;
  /** How long deliveries, their bodies and transcripts are kept. @defaultValue 400, 14 and 90 days */
  readonly retention?: RetentionOptions;
}

/** Returns true if a task's id after it makes a name that git and every code host accept (git-check-ref-format(1)). */
function isBranchPrefix(prefix: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}._/-]*$/u.test(prefix) && !/\.\.|\/[/.]|\.lock\//.test(prefix);
}

/** The schema of {@link WorkerOptions}. */
export const workerOptionsSchema = z.strictObject({
  ...sharedOptionsShape,
  agent: portSchema<AgentRunner>("an AgentRunner", ["run"]),
  sandbox: portSchema<Sandbox>("a Sandbox, e.g. createNoSandbox()", ["check", "open"]),
  workspaces: portSchema<WorkspaceFactory>("a WorkspaceFactory", ["prepare"]),
  resolver: portSchema<RepositoryResolver>("a RepositoryResolver", ["resolve"]).optional(),
  access: portSchema<AccessPolicy>("an AccessPolicy", ["decide"]).optional(),
  indexer: portSchema<CodeIndexer>("a CodeIndexer", ["map"]).optional(),
  random: z.custom<() => number>((value) => typeof value === "function", "expected a function").optional(),
  endOrphans: z.custom<() => Promise<void>>((value) => typeof value === "function", "expected a function").optional(),
  userTasks: rateLimiterSchema.optional(),
  repositoryTasks: rateLimiterSchema.optional(),
  secrets: z.array(z.string()).default([]),
  botName: z.string().min(1).default("agentbot"),
  instructions: z.string().trim().min(1).max(20_000).optional(),
  branchPrefix: z
    .string()
    .max(100)
    .refine(isBranchPrefix, "must begin a legal branch name, with letters, digits and . _ - / only, such as agentbot/")
    .default("agentbot/"),
  pullRequestTexts: pullRequestTextsSchema.optional(),
  statusTexts: statusTextsSchema.default({}),
  concurrency: z.int().positive().default(2),
  leaseMs: z.int().min(100).max(maxTimerMs).default(30_000),
  taskTimeoutMs: z.int().positive().max(maxTimerMs).default(1_800_000),
  maxAttempts: z.int().positive().default(3),
  shutdownGraceMs: z.int().min(0).max(maxTimerMs).default(25_000),
  taskBudgetUsd: z.number().positive().default(5),
  dailyBudgetUsd: z.number().positive().default(100),
  retryBackOff: z
    .strictObject({ baseMs: z.int().positive(), capMs: z.int().positive() })
    .default({ baseMs: 5000, capMs: 300_000 }),
  outagePatienceMs: z.int().min(0).default(86_400_000),
  effectRecheckMs: z.int().min(0).max(maxTimerMs).default(3000),
  reconcileIntervalMs: z.int().positive().max(maxTimerMs).default(10_000),
  retention: retentionSchema.prefault({}),
} satisfies ShapeOf<WorkerOptions>);

/** {@link WorkerOptions} with defaults, except those of the ports. */
export type WorkerSettings = z.infer<typeof workerOptionsSchema>;
