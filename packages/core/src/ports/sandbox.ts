/** A program to start, as a list of words: there is no shell. */
export interface SandboxedCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Whether a sandbox can start on this machine. */
export type SandboxReadiness =
  | { readonly status: "ready" }
  | { readonly status: "unavailable"; readonly reason: string };

/** The wall around an agent process. */
export interface Sandbox {
  /** `none`, `bwrap`, ...: shown at start and in `/health`. */
  readonly name: string;
  /** Asked before a worker claims anything: a fault of the machine must not fail tasks. */
  check(signal: AbortSignal): Promise<SandboxReadiness>;
  /** The command that runs `command` inside, seeing only the given writable directories. */
  wrap(command: SandboxedCommand, access: { readonly writableDirectories: readonly string[] }): SandboxedCommand;
}
