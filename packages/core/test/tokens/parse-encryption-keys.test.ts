import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { parseEncryptionKeys } from "../../src/tokens/parse-encryption-keys.js";

const first = randomBytes(32);
const second = Buffer.alloc(32, 0xfb);

function problemsOf(text: string): unknown {
  try {
    parseEncryptionKeys(text);
  } catch (error) {
    expect(AgentBotError.hasCode(error, "CONFIGURATION_INVALID")).toBe(true);
    return error instanceof AgentBotError ? error.details["problems"] : null;
  }
  return null;
}

describe("encryption keys in text", () => {
  test("are read in their order", () => {
    const keys = parseEncryptionKeys(`2026-11:${first.toString("base64")}, old:${second.toString("base64")}\n`);
    expect(keys.map(({ id, key }) => [id, Buffer.from(key).toString("hex")])).toEqual([
      ["2026-11", first.toString("hex")],
      ["old", second.toString("hex")],
    ]);
  });

  test("may be base64url and without padding", () => {
    const [key] = parseEncryptionKeys(`a:${second.toString("base64url")}`);
    expect(Buffer.from(key?.key ?? []).equals(second)).toBe(true);
  });

  test.each([
    [
      "",
      ["key 1: its id must be 1 to 32 letters, digits, - or _", "key 1: what follows its id and a colon is not base64"],
    ],
    [first.toString("base64"), ["key 1: its id must be 1 to 32 letters, digits, - or _"]],
    ["a:", ["key 1: what follows its id and a colon is not base64"]],
    ["a:not base64!", ["key 1: what follows its id and a colon is not base64"]],
    ["a:c2hvcnQ=", ["key 1: it has 5 bytes instead of 32"]],
    [`a.b:${first.toString("base64")}`, ["key 1: its id must be 1 to 32 letters, digits, - or _"]],
    [`a:${first.toString("base64")},a:${second.toString("base64")}`, ["key 2: it has the id of key 1"]],
    [
      "a:c2hvcnQ=,b c:!",
      [
        "key 1: it has 5 bytes instead of 32",
        "key 2: its id must be 1 to 32 letters, digits, - or _",
        "key 2: what follows its id and a colon is not base64",
      ],
    ],
  ])("are refused with every problem at once (%#)", (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test("are never quoted in the error", () => {
    const secret = randomBytes(31).toString("base64");
    expect(() => parseEncryptionKeys(`a:${secret}`)).toThrow(/31 bytes/);
    expect(() => parseEncryptionKeys(`a:${secret}`)).not.toThrow(secret);
  });
});
