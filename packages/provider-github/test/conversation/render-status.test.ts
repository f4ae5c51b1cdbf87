import { describe, expect, test } from "vitest";
import { renderStatus } from "../../src/conversation/create-github-conversation.js";
import { viewOf } from "../fixtures/hello-world.js";

const mark = "<!-- agentbot:task=1 -->";
const render = (view: ReturnType<typeof viewOf>) =>
  renderStatus({ taskId: "1", botName: "agentbot", url: "https://github.test", view });

describe("A status comment", () => {
  test("shows the headline, the steps and the commands that are of use now", () => {
    const steps = [
      { label: "Getting ready", state: "done" },
      { label: "Working on it", state: "current" },
      { label: "Publishing the change", state: "pending" },
    ] as const;
    expect(render(viewOf("agentbot is on it.", { steps, actions: ["stop"] }))).toBe(
      [
        "agentbot is on it.",
        "- ✅ Getting ready\n- ⏳ Working on it\n- ▫️ Publishing the change",
        "<sub><code>@agentbot stop</code></sub>",
        mark,
      ].join("\n\n"),
    );
  });

  test("is inert, even if the view is not", () => {
    const view = viewOf("See https://github.test/octocat and https://evil.test", {
      links: [{ label: "@hubot", url: "https://github.test/octocat" }],
      steps: [{ label: "[skip ci] @hubot", state: "done" }],
      summaryMarkdown: "@hubot <b> ![x](https://evil.test) [y](https://github.test/o/r)",
    });
    expect(render(view)).toBe(
      [
        "See <https://github.test/octocat> and `https://evil.test` [@\u200bhubot](https://github.test/octocat)",
        "- ✅ \\[\u200bskip ci\\] @\u200bhubot",
        "@\u200bhubot &lt;b> x (`https://evil.test`) [y](https://github.test/o/r)",
        mark,
      ].join("\n\n"),
    );
  });

  test("shows the links behind the headline, and the summary as it is", () => {
    const links = [{ label: "#9", url: "https://github.test/octocat/hello-world/pull/9" }];
    const view = viewOf("agentbot is done.", { state: "succeeded", links, summaryMarkdown: "I **fixed** it." });
    expect(render(view)).toBe(
      ["agentbot is done. [#9](https://github.test/octocat/hello-world/pull/9)", "I **fixed** it.", mark].join("\n\n"),
    );
  });

  test("shows plain text as it is written", () => {
    const headline = "1. @hubot asks for <b>_this_</b> & `that`; see [x](y)";
    expect(render(viewOf(headline)).split("\n")[0]).toBe(
      "1\\. @\u200bhubot asks for &lt;b\\>\\_this\\_&lt;/b\\> &amp; &#96;that&#96;; see \\[x\\](y)",
    );
  });

  test.each(["javascript:alert(1)", "not a URL", "ftp://x.test/"])("shows no link to %s", (url) => {
    expect(render(viewOf("Done.", { links: [{ label: "here", url }] })).split("\n")[0]).toBe("Done. here");
  });

  test("cannot have its link ended by its label", () => {
    const links = [{ label: "a](b) *c*", url: "https://x.test/" }];
    expect(render(viewOf("Done.", { links }))).toContain("Done. [a\\](b) \\*c\\*](https://x.test/)");
  });

  test("cannot have its link ended by its address", () => {
    const url = "https://x.test/a)b(c<d>";
    expect(render(viewOf("Done.", { links: [{ label: "here", url }] }))).toContain("(https://x.test/a%29b%28c%3Cd%3E)");
  });

  test.each([
    ["a long summary", viewOf("Done.", { summaryMarkdown: "x".repeat(100_000) })],
    ["a long summary of emoji", viewOf("Done.", { summaryMarkdown: "😀".repeat(40_000) })],
    ["a long code block", viewOf("Done.", { summaryMarkdown: `\`\`\`\n${"code\n".repeat(20_000)}\`\`\`` })],
    ["a long headline", viewOf("x".repeat(100_000), { summaryMarkdown: "left out" })],
    ["a summary that just does not fit", viewOf("Done.", { summaryMarkdown: "x".repeat(65_520) })],
  ])("of %s fits GitHub's limit, in whole characters and with its mark", (_, view) => {
    const body = render(view);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.endsWith(`\n\n${mark}`)).toBe(true);
    expect(body).not.toMatch(/\p{Cs}/u);
    expect(body).toContain("[cut: the text had");
  });
});
