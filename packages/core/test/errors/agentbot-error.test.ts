import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { errorCodes } from "../../src/errors/error-codes.js";
import { parseOptions } from "../../src/errors/parse-options.js";

describe("an AgentBotError", () => {
  test("is retryable or not by its code", () => {
    expect(new AgentBotError("STORE_UNAVAILABLE", "down").isRetryable).toBe(errorCodes.STORE_UNAVAILABLE.isRetryable);
    expect(new AgentBotError("GIT_FAILED", "broken", { isRetryable: false }).isRetryable).toBe(false);
  });

  test("keeps its cause", () => {
    const cause = new Error("socket closed");
    expect(new AgentBotError("QUEUE_UNAVAILABLE", "down", { cause }).cause).toBe(cause);
  });

  test("is recognised across two copies of the package", () => {
    const foreign = Object.assign(new Error("down"), { code: "LEASE_LOST", [Symbol.for("agentbot.error")]: true });
    expect(AgentBotError.hasCode(foreign, "LEASE_LOST")).toBe(true);
    expect(AgentBotError.isInstance(new Error("down"))).toBe(false);
    expect(AgentBotError.isInstance(null)).toBe(false);
  });
});

describe("the options of a factory", () => {
  const schema = z.object({ leaseMs: z.number().positive(), name: z.string().default("agentbot") });

  test("are parsed and frozen", () => {
    const options = parseOptions("createThing", schema, { leaseMs: 5 });
    expect(options).toEqual({ leaseMs: 5, name: "agentbot" });
    expect(Object.isFrozen(options)).toBe(true);
  });

  test("that are wrong are named all at once", () => {
    const parse = (): unknown => parseOptions("createThing", schema, { leaseMs: -1, name: 7 });
    expect(parse).toThrow(/createThing: leaseMs: .*; name: /);
    expect(parse).toThrow(AgentBotError);
  });

  test("that are wrong are listed in the error's details, and shown once where Node prints the error", () => {
    try {
      parseOptions("createThing", schema, { leaseMs: 5, name: 7 });
      expect.unreachable("the options are wrong");
    } catch (error) {
      const [problem = ""] = (error as AgentBotError).details["problems"] as readonly string[];
      expect(problem).toContain("name: ");
      expect(inspect(error).split(problem)).toHaveLength(2);
    }
  });

  test.each([
    [
      undefined,
      "id: Invalid input: expected number, received undefined, or: Invalid input: expected array, received undefined",
    ],
    [["a", ""], "id.1: must not be empty"],
    [[7], "id.0: Invalid input: expected string, received number"],
    [[], "id: Too small: expected array to have >=1 items"],
    ["a", "id: Invalid input: expected number, received string, or: Invalid input: expected array, received string"],
  ])("of several forms name the wrong member and its expectation: %j", (id, problem) => {
    const forms = z.union([z.number(), z.array(z.string().min(1, "must not be empty")).min(1)]);
    expect(() => parseOptions("createThing", z.object({ id: forms }), { id })).toThrow(`createThing: ${problem}`);
  });
});
