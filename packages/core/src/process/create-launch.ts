import type { Launch } from "../ports/launch.js";
import type { OpenSandbox } from "../ports/sandbox.js";
import { runProcess } from "./run-process.js";

/** Options of {@link createLaunch}. */
export interface LaunchOptions {
  /** The opened sandbox, in which every program runs. */
  readonly sandbox: Pick<OpenSandbox, "command" | "environment">;
  /** The work tree on the host: the working directory of every program. */
  readonly directory: string;
}

/**
 * Returns a {@link Launch} that runs programs in an open sandbox by {@link runProcess}. The sandbox's environment wins
 * over that of a request.
 */
export function createLaunch({ sandbox, directory }: LaunchOptions): Launch {
  return ({ program, arguments: words, environment, ...run }) => {
    const command = { program, arguments: words, directory, environment: { ...environment, ...sandbox.environment } };
    return runProcess({ ...run, ...sandbox.command(command) });
  };
}
