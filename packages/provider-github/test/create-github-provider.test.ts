import { generateKeyPairSync } from "node:crypto";
import type { Clock } from "@agentbot/core";
import { describe, expect, test } from "vitest";
import { createGitHubProvider } from "../src/index.js";

const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = key.export({ type: "pkcs1", format: "pem" }).toString();
const good = { appId: 1, privateKey: pem, webhookSecret: "secret" };

describe("createGitHubProvider", () => {
  test.each([
    ["a PEM", pem],
    ["a PEM in PKCS#8", key.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a PEM with escaped line ends", pem.replaceAll("\n", "\\n")],
    ["a PEM with Windows line ends", pem.replaceAll("\n", "\r\n")],
    ["a quoted PEM", `"${pem.replaceAll("\n", "\\n")}"`],
    ["base64", Buffer.from(pem).toString("base64")],
    [
      "base64 in lines",
      (
        Buffer.from(pem)
          .toString("base64")
          .match(/.{1,64}/g) ?? []
      ).join("\n"),
    ],
  ])("takes a private key as %s", (_, privateKey) => {
    expect(createGitHubProvider({ ...good, privateKey }).name).toBe("github");
  });

  test.each([
    ["privateKey", { privateKey: "no key" }],
    ["privateKey", { privateKey: "" }],
    [
      "privateKey",
      {
        privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" })
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
      },
    ],
    ["appId", { appId: "abc" }],
    ["appId", { appId: 0 }],
    ["webhookSecret", { webhookSecret: "" }],
    ["webhookSecret", { webhookSecret: [] }],
    ["webhookSecret", { webhookSecret: ["a", "b", "c"] }],
    ["name", { name: "@agentbot" }],
    ["url", { url: "ftp://github.com" }],
    ["url", { url: "https://user:secret@github.com" }],
    ["apiUrl", { apiUrl: "https://api.github.com?x=1" }],
    ["clock", { clock: { now: () => new Date(), sleep: async () => {} } as unknown as Clock }],
  ])("refuses a wrong %s by name and without its value", (option, wrong) => {
    const make = () => createGitHubProvider({ ...good, ...wrong });
    expect(make).toThrow(expect.objectContaining({ code: "CONFIGURATION_INVALID" }));
    expect(make).toThrow(new RegExp(`createGitHubProvider: .*${option}`));
    expect(make).not.toThrow(/user:secret|no key/);
  });

  test.each([
    [{ appId: undefined }, /appId: .*expected number.*expected string/],
    [{ webhookSecret: undefined }, /webhookSecret: .*expected string.*expected array/],
    [{ webhookSecret: ["new", ""] }, /webhookSecret\.1: must not be empty/],
    [{ webhookSecret: "a secret of a file\n" }, /webhookSecret: begins or ends with white space/],
  ])("names the expected forms in place of %j", (wrong, message) => {
    expect(() => createGitHubProvider({ ...good, ...Object(wrong) })).toThrow(message);
  });

  test("names every wrong option at once", () => {
    const make = () => createGitHubProvider({ appId: "x", privateKey: "y", webhookSecret: "" });
    expect(make).toThrow(/appId.*privateKey.*webhookSecret/);
  });
});
