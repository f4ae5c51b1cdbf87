import { AgentBotError } from "@agentbot/core";
import { describe, expect, test } from "vitest";
import { toStoreError } from "../../src/database/errors.js";

const refusal = (code: string) => Object.assign(new Error("refused"), { code, severity: "ERROR" });
const codeOf = (error: unknown): string | null => (AgentBotError.isInstance(error) ? error.code : null);

describe("what a driver throws", () => {
  test.each(["08006", "28P01", "3D000", "40001", "53300", "55P03", "57014", "57P01", "25006", "XX000"])(
    "makes of %s an unavailable database",
    (state) => expect(codeOf(toStoreError(refusal(state)))).toBe("STORE_UNAVAILABLE"),
  );

  test.each([
    ["a broken pipe, which looks like an SQLSTATE", { code: "EPIPE", syscall: "write", errno: -32 }],
    ["a refused connection", { code: "ECONNREFUSED", syscall: "connect", errno: -111 }],
    ["an end of the connection", {}],
  ])("is the network's: %s", (_, facts) => {
    expect(codeOf(toStoreError(Object.assign(new Error("lost"), facts)))).toBe("STORE_UNAVAILABLE");
  });

  test.each(["42P01", "42703"])("makes of %s missing tables", (state) =>
    expect(codeOf(toStoreError(refusal(state)))).toBe("MIGRATION_MISMATCH"),
  );

  test.each([
    ["42501", /grant it SELECT/],
    ["26000", /isBehindTransactionPooler/],
    ["42P05", /isBehindTransactionPooler/],
  ])("names with %s what to configure", (state, fix) => {
    const error = toStoreError(refusal(state));
    expect(codeOf(error)).toBe("CONFIGURATION_INVALID");
    expect(error).toMatchObject({ isRetryable: true, isOutage: true });
    expect(String(error)).toMatch(fix);
  });

  test("comes back as it is where our SQL or its caller is wrong", () => {
    for (const error of [
      refusal("23505"),
      refusal("22012"),
      new TypeError("wrong"),
      new AgentBotError("LEASE_LOST", "lost"),
    ]) {
      expect(toStoreError(error)).toBe(error);
    }
  });
});
