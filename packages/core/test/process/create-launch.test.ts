import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { SandboxedCommand } from "../../src/ports/sandbox.js";
import { createLaunch } from "../../src/process/create-launch.js";

const printEnvironment = "console.log(JSON.stringify([process.env.HOME, process.env.WORD, process.cwd()]))";

test("a launch runs the sandbox's command, and the sandbox's environment wins", async () => {
  const commands: SandboxedCommand[] = [];
  const launch = createLaunch({
    directory: tmpdir(),
    sandbox: {
      environment: { HOME: "/home/agent" },
      command(command) {
        commands.push(command);
        return { ...command, program: process.execPath, arguments: ["-e", printEnvironment] };
      },
    },
  });
  const lines: string[] = [];
  const result = await launch({
    program: "agent",
    arguments: ["--flag"],
    environment: { HOME: "/root", WORD: "kept" },
    signal: new AbortController().signal,
    onLine: (line) => void lines.push(line),
  });
  expect(commands).toEqual([
    {
      program: "agent",
      arguments: ["--flag"],
      directory: tmpdir(),
      environment: { HOME: "/home/agent", WORD: "kept" },
    },
  ]);
  expect(result).toMatchObject({ end: "exited", exitCode: 0, startError: null });
  expect(JSON.parse(lines[0] ?? "")).toEqual(["/home/agent", "kept", tmpdir()]);
});
