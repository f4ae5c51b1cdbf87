import { generateKeyPairSync } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import type { GitHubProviderOptions } from "../../src/index.js";
import type { FakeGitHubApp, FakeGitHubFault } from "../../src/testing/index.js";
import { providerOf, startHello, unaborted } from "../fixtures/hello-world.js";

/** Returns the problems that the provider finds with an App of GitHub. */
async function check(
  app: Partial<FakeGitHubApp>,
  options: Partial<GitHubProviderOptions> = {},
  fault: FakeGitHubFault | null = null,
) {
  const github = await startHello({ app: { id: 12345, slug: "agentbot", ...app } });
  onTestFinished(() => github.close());
  if (fault) github.fail({ path: /^\/app$/, times: 9, ...fault });
  const { lifecycle } = providerOf(github, options);
  const problems = await lifecycle?.check?.(unaborted);
  return problems?.map(({ part, severity, message }) => {
    return `${part} ${severity}: ${message.replaceAll(github.url, "https://github.com")}`;
  });
}

describe("the check of the App", () => {
  test("finds nothing wrong with an App that has its events and permissions", async () => {
    expect(await check({})).toEqual([]);
  });

  test("has an error for a key that is not the App's, and for the id of no App", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const wrongKey = { privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString() };
    const refused = /^github error: GitHub answered 401 .*Check GITHUB_APP_ID, GITHUB_PRIVATE_KEY/;
    expect(await check({}, wrongKey)).toEqual([expect.stringMatching(refused)]);
    expect(await check({}, {}, { status: 404, body: { message: "Integration not found" } })).toEqual([
      expect.stringMatching(/^github error: GitHub answered 404 .*Integration not found/),
    ]);
  });

  test("has one warning for all missing events, and one for all missing permissions, with the page to add them", async () => {
    const lacking = {
      events: ["issues", "pull_request"],
      permissions: { contents: "read", issues: "write", metadata: "read" },
    } as const;
    expect(await check(lacking)).toEqual([
      "github warning: The App is not subscribed to the events issue_comment, pull_request_review, " +
        "pull_request_review_comment, so that they start no task: subscribe it at " +
        "https://github.com/settings/apps/agentbot/permissions",
      'github warning: The App may not write contents, pull_requests: give it "Read and write" at ' +
        "https://github.com/settings/apps/agentbot/permissions, then accept it in each installation",
    ]);
    const [events] = (await check({ ...lacking, organization: "acme" })) ?? [];
    expect(events).toContain("https://github.com/organizations/acme/settings/apps/agentbot/permissions");
  });

  test.each([
    ["cannot be reached", { when: "before" }],
    ["is down", { status: 503 }],
    ["is a gateway without this route", { status: 404, body: { message: "Not Found" } }],
  ] as const)("has a warning where GitHub %s", async (_, fault) => {
    expect(await check({}, {}, fault)).toEqual([expect.stringMatching(/^github warning: GitHub /)]);
  });

  test("has a warning without the words of a server that is not GitHub", async () => {
    const body = { slug: "agentbot\n2026-12-01 All is well", permissions: { contents: "read" } };
    const [problem, ...others] = (await check({}, {}, { status: 200, body })) ?? [];
    expect([problem, others]).toEqual([expect.stringMatching(/^github warning: .*lacks: slug.*GITHUB_API_URL/), []]);
  });
});
