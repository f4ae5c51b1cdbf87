/** Whether a sandbox can start on this machine. */
export type SandboxReadiness =
  | { readonly status: "ready" }
  | { readonly status: "unavailable"; readonly reason: string };

/** The files and the network that a sandbox gives access to. */
export interface SandboxRequest {
  /** The work tree on the host: writable, and the working directory of what is launched. */
  readonly workspace: string;
  /** The agent's home on the host: writable, and kept for the thread's next task. */
  readonly home: string;
  /** Further files and directories of the host that can be read. */
  readonly readOnly: readonly string[];
  /** `host`: the network of the machine. `none`: no network. */
  readonly network: "host" | "none";
}

/** A program to start, as a list of words: there is no shell. */
export interface SandboxedCommand {
  /** A path, or a name on the `PATH` of `environment`. */
  readonly program: string;
  /** The arguments, without the program. */
  readonly arguments: readonly string[];
  /** The working directory on the host. */
  readonly directory: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A sandbox for one run of an agent. */
export interface OpenSandbox {
  /** Returns the path by which a program inside sees a file of the host that the request gave access to. */
  pathOf(hostPath: string): string;
  /** Returns the command of the host that runs `command` inside. Pure. */
  command(command: SandboxedCommand): SandboxedCommand;
  /** Variables that belong to every program inside, such as `HOME`; they win over those of a command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends what the sandbox itself runs. Idempotent. */
  dispose(): Promise<void>;
}

/** The wall around agent processes. The worker alone opens one; a runner only gets to `launch` in it. */
export interface Sandbox {
  /** `none`, `bwrap`, …: shown at start and in `/health`. */
  readonly name: string;
  /** Called before a worker claims anything: a fault of the machine must not fail tasks. */
  check(options: { readonly signal: AbortSignal }): Promise<SandboxReadiness>;
  /** Starts a sandbox around the directories of one task. */
  open(request: SandboxRequest, options: { readonly signal: AbortSignal }): Promise<OpenSandbox>;
}
