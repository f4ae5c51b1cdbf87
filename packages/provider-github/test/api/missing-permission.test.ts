import { createSilentLogger } from "@agentbot/core";
import { eventually } from "@agentbot/core/testing";
import { afterEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import {
  actorOf,
  octocat,
  originAt,
  providerOf,
  repository,
  startHello,
  unaborted,
  viewOf,
} from "../fixtures/hello-world.js";

const all = { contents: "write", issues: "write", pull_requests: "write", metadata: "read" } as const;
const request = { origin: originAt(7), taskId: "1", view: viewOf("on it") };

let github: FakeGitHub;
afterEach(() => github.close());

/** A provider whose installation has granted these permissions. */
async function granted(permissions: Readonly<Record<string, "read" | "write">>) {
  github = await startHello({
    installations: [{ id: 1, permissions }],
    gitHandler: (_, response) => void response.end(),
  });
  const errors: object[] = [];
  const logger = { ...createSilentLogger(), error: (facts: object) => void errors.push(facts) };
  return { ...providerOf(github, { logger }), errors };
}

const missing = (permissions: string) => ({
  code: "PROVIDER_REJECTED",
  isRetryable: false,
  details: { reason: "permission_missing", permissions },
});

describe("A permission that the installation has not granted", () => {
  test("to open pull requests is named before the agent is paid, while comments go on", async () => {
    const { codeHost, conversation, errors } = await granted({ ...all, pull_requests: "read" });
    expect(await codeHost.permission(repository, actorOf(octocat), unaborted)).toBe("admin");
    await conversation.postStatus(request, unaborted);
    expect(github.comments).toHaveLength(1);
    await expect(codeHost.credentials(repository, unaborted)).rejects.toMatchObject(missing("pull_requests=write"));
    expect(errors[0]).toEqual({ installation: "1", lacking: ["pull_requests=write"] });
    const [shared] = await eventually("the older token to be revoked", () => {
      return github.liveTokens.length === 1 ? github.liveTokens : null;
    });
    expect(shared?.permissions).toEqual({ contents: "read", issues: "write", metadata: "read" });
  });

  test("to write contents is named, and no token of git's is created", async () => {
    const { codeHost } = await granted({ ...all, contents: "read" });
    await expect(codeHost.credentials(repository, unaborted)).rejects.toMatchObject(missing("contents=write"));
    expect(github.liveTokens).toEqual([]);
  });

  test("to comment is named by GitHub's own header", async () => {
    const { conversation } = await granted({ ...all, issues: "read", pull_requests: "read" });
    await expect(conversation.postStatus(request, unaborted)).rejects.toMatchObject(
      missing("issues=write or pull_requests=write"),
    );
  });

  test("and is granted later, is used at once", async () => {
    const permissions: Record<string, "read" | "write"> = { ...all, pull_requests: "read" };
    const { codeHost } = await granted(permissions);
    await codeHost.permission(repository, actorOf(octocat), unaborted);
    await expect(codeHost.credentials(repository, unaborted)).rejects.toMatchObject(missing("pull_requests=write"));
    permissions["pull_requests"] = "write";
    expect(await codeHost.credentials(repository, unaborted)).toMatchObject({ path: "octocat/hello-world" });
  });
});
