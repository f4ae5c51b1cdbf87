import { resolve } from "node:path";
import type { Logger } from "@agentbot/core";
import { loggerSchema, maxTimerMs, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { defaultProtectedPaths } from "./commit/protected-paths.js";

/** Options of `createGitWorkspaceFactory`. */
export interface GitWorkspaceOptions {
  /** The directory of mirrors, trees, homes and caches; made if missing. Processes of one machine may share it. */
  readonly directory: string;
  /** Accept `http:` URLs too, for a git server on a private network or in a test. @defaultValue false */
  readonly allowHttp?: boolean | undefined;
  /** Author and committer. @defaultValue agentbot, with an address that receives no mail */
  readonly author?: { readonly name: string; readonly email: string } | undefined;
  /** Maximum size of a change in a checkpoint, packed, in bytes. @defaultValue 25 MiB */
  readonly maxBundleBytes?: number | undefined;
  /** Maximum number of files in a change. @defaultValue 300 */
  readonly maxChangedFiles?: number | undefined;
  /** Maximum size of one file of a change, in bytes; a larger one stays out, if it was not as large before. @defaultValue 2 MiB */
  readonly maxFileBytes?: number | undefined;
  /** Maximum total size of the files of a change, in bytes; of large files the pointers count. @defaultValue 10 MiB */
  readonly maxChangeBytes?: number | undefined;
  /**
   * Paths that no change touches, in any case, with all below them: from the root, `*` for a part of a name, a leading `**`
   * for any directories. They replace the default. @defaultValue `defaultProtectedPaths`
   */
  readonly protectedPaths?: readonly string[] | undefined;
  /** Number of commits in the agent's history; 0 makes a tree without `.git`. @defaultValue 50 */
  readonly historyDepth?: number | undefined;
  /** Maximum duration of one git command, in milliseconds. @defaultValue 600,000 */
  readonly commandTimeoutMs?: number | undefined;
  /** The git program, 2.31 or newer. @defaultValue `git`, found on the PATH of `hostEnvironment` */
  readonly gitProgram?: string | undefined;
  /**
   * The host's variables, such as all of `process.env`: PATH, TMPDIR, proxies and CA certificates are copied,
   * everything else is dropped. @defaultValue the usual directories for programs
   */
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Sends the requests of Git LFS, e.g. through a proxy. @defaultValue the platform's */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @defaultValue silent */
  readonly logger?: Logger | undefined;
}

const megabyte = 1024 * 1024;
const isPlain = (value: string): boolean => !/\p{Cc}/u.test(value);
const identityPart = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => isPlain(value) && !/[<>]/.test(value), {
    error: "must have no '<', '>' or line break",
  });

/** The option `gitProgram`. */
export const gitProgramSchema = z.string().min(1).default("git");

/** The option `hostEnvironment`. Spread, because zod does not accept the exotic object `process.env` as a record. */
export const hostEnvironmentSchema = z.preprocess(
  (value) => (typeof value === "object" ? { ...value } : value),
  z.record(z.string(), z.string().optional()).default({}),
);

/** Parses {@link GitWorkspaceOptions} and fills in the defaults. */
export const gitWorkspaceOptionsSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .refine(isPlain, { error: "must have no control characters" })
    .transform((path) => resolve(path)),
  allowHttp: z.boolean().default(false),
  author: z
    .strictObject({ name: identityPart, email: identityPart })
    .default({ name: "agentbot", email: "agentbot@users.noreply.invalid" }),
  maxBundleBytes: z
    .number()
    .int()
    .positive()
    .default(25 * megabyte),
  maxChangedFiles: z.number().int().positive().default(300),
  maxFileBytes: z
    .number()
    .int()
    .positive()
    .default(2 * megabyte),
  maxChangeBytes: z
    .number()
    .int()
    .positive()
    .default(10 * megabyte),
  protectedPaths: z
    .array(z.string().min(1).max(1000).refine(isPlain))
    .max(1000)
    .readonly()
    .default(defaultProtectedPaths),
  historyDepth: z.number().int().min(0).default(50),
  commandTimeoutMs: z.number().int().positive().max(maxTimerMs).default(600_000),
  gitProgram: gitProgramSchema,
  hostEnvironment: hostEnvironmentSchema,
  fetch: z.custom<typeof globalThis.fetch>((value) => typeof value === "function", "must be a function").optional(),
  logger: loggerSchema.optional(),
} satisfies ShapeOf<GitWorkspaceOptions>);

/** {@link GitWorkspaceOptions} with the defaults filled in. */
export type GitWorkspaceSettings = z.output<typeof gitWorkspaceOptionsSchema>;
