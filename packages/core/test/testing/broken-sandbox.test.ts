import { rm } from "node:fs/promises";
import { createNoSandbox, type OpenSandbox, type Sandbox, type SandboxRequest } from "@agentbot/core";
import { sandboxContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

describe("the sandbox suite", () => {
  const missed = (about: RegExp, breaking: (open: OpenSandbox, request: SandboxRequest) => Partial<OpenSandbox>) => {
    const honest = createNoSandbox();
    const subject: Sandbox = {
      ...honest,
      async open(request, options) {
        const open = await honest.open(request, options);
        return { ...open, ...breaking(open, request) };
      },
    };
    return casesThatMissIt(sandboxContract({ create: async () => ({ subject, dispose: async () => {} }) }), about);
  };

  test("catches a sandbox without a wall", async () => {
    expect(await missed(/was not given can neither|network of the machine/, () => ({}))).toEqual([]);
  });

  test("catches one that changes words, drops variables or lets the worker's through", async () => {
    const shell = (open: OpenSandbox) => ({
      command: (command: Parameters<OpenSandbox["command"]>[0]) => {
        const { arguments: words, ...rest } = open.command(command);
        return { ...rest, arguments: words.map((word) => word.replace("$(id)", "0")) };
      },
    });
    expect(await missed(/gets its words/, shell)).toEqual([]);
    const leaking = (open: OpenSandbox) => ({
      command: (command: Parameters<OpenSandbox["command"]>[0]) => ({
        ...open.command(command),
        environment: { ...command.environment, WORKER_SECRET: "secret" },
      }),
    });
    expect(await missed(/nothing of the worker's/, leaking)).toEqual([]);
    const forgetful = (open: OpenSandbox) => ({
      environment: { HOME: "/home/agent" },
      command: ({ environment: { HOME: _home, ...environment }, ...command }: Parameters<OpenSandbox["command"]>[0]) =>
        open.command({ ...command, environment }),
    });
    expect(await missed(/the sandbox's own variables/, forgetful)).toEqual([]);
  });

  test("catches one that changes its argument, or names paths that do not exist inside", async () => {
    const random = (open: OpenSandbox) => ({
      command: (command: Parameters<OpenSandbox["command"]>[0]) => {
        const sandboxed = open.command(command);
        return { ...sandboxed, environment: { ...sandboxed.environment, NONCE: crypto.randomUUID() } };
      },
    });
    expect(await missed(/command is pure/, random)).toEqual([]);
    const elsewhere = () => ({ pathOf: (path: string) => `/inside${path}` });
    expect(await missed(/pathOf returns|works in the workspace|writes to its home/, elsewhere)).toEqual([]);
  });

  test("catches one that removes the workspace or the home with itself", async () => {
    const clearing = (_: OpenSandbox, { workspace, home }: SandboxRequest) => ({
      dispose: async () => {
        for (const directory of [workspace, home]) await rm(directory, { recursive: true, force: true });
      },
    });
    expect(await missed(/dispose is harmless|writes to its home/, clearing)).toEqual([]);
  });
});
