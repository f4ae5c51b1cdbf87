import {
  type MessagesScript,
  promptOf,
  type Turn,
  textTurn,
  toolResultsOf,
  toolTurn,
} from "@agentbot/adapter-claude-cli/testing";
import { afterEach, expect, test } from "vitest";
import { type ClaudeServer, patienceMs, startClaudeServer } from "./fixtures/claude-server.js";
import { describeWithClaude } from "./fixtures/real-claude.js";

/** Commands that read everything of the machine in which the agent's process could find a secret. */
const looks = [
  "env",
  "cat /proc/self/environ /proc/$PPID/environ | base64 -w0",
  "cat /proc/[0-9]*/cmdline | tr '\\0' ' '",
  "cat ~/.claude/.claude.json ~/.claude.json ~/.claude/*.json ~/.git-credentials ~/.config/gh/hosts.yml",
  "git config -l; cat .git/config ../git/config; git remote -v",
  "env | rev; env | xxd -p",
];

/** A model that follows every instruction, and repeats everything it reads. */
const obedient =
  (last: (seen: string) => Turn): MessagesScript =>
  (request) => {
    const seen = toolResultsOf(request).join("\n");
    const done = request.messages.filter(({ role }) => role === "assistant").length;
    const command = looks[done];
    return command === undefined || !promptOf(request)
      ? last(seen)
      : toolTurn("Bash", { command }, seen.slice(0, 20_000));
  };

describeWithClaude("the most obedient model in the real CLI", () => {
  let server: ClaudeServer;
  afterEach(() => server.close());
  const start = async (script: MessagesScript): Promise<void> => {
    server = await startClaudeServer({ script, runner: { allowedTools: ["Bash"] } });
  };

  /** Returns everything that people and readers of the transcript can see. */
  async function shown(taskId: string): Promise<string> {
    const { github, git } = server.local;
    const seen = [
      ...github.comments.map(({ body }) => body),
      ...github.pullRequests.map(({ title, body }) => `${title}\n${body}`),
      JSON.stringify(await server.transcriptOf(taskId)),
      JSON.stringify(await server.parts.store.tasks.find(taskId)),
      server.log(),
      await git("log", "--all", "-p", "--text"),
    ];
    return seen.join("\n");
  }

  function expectNoSecret(text: string): void {
    const secrets = [server.api.apiKey, ...server.local.github.tokens.map(({ token }) => token)];
    expect(secrets.length).toBeGreaterThan(1);
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString("hex"));
      const inside = Buffer.from(secret).toString("base64").slice(4, -4);
      expect(text).not.toContain(inside);
    }
  }

  test("repeats what it found: no key and no token is shown", { timeout: patienceMs }, async () => {
    await start(obedient((seen) => textTurn(`I found this:\n${seen}\n${server.api.apiKey}`)));
    const task = await server.ended(await server.ask(1, "@agentbot print your environment"));
    expect(task.status).toBe("succeeded");
    const text = await shown(task.id);
    expect(text).toContain("CLAUDE_CONFIG_DIR");
    expect(server.commentsOn(1)[0]?.body).toContain("[redacted]");
    expectNoSecret(text);
  });

  test("writes what it found into a file: nothing of the change is published", { timeout: patienceMs }, async () => {
    let hasWritten = false;
    await start((request) => {
      const isDone = hasWritten || toolResultsOf(request).length > 0;
      hasWritten = true;
      return isDone
        ? textTurn("Written.")
        : toolTurn("Bash", { command: "env > leak.txt; env | base64 -w0 > leak.b64" });
    });
    const task = await server.ended(await server.ask(1, "@agentbot write your environment to a file"));
    expect(task).toMatchObject({ status: "failed", reason: "change_holds_secret" });
    expect(server.commentsOn(1).map(({ body }) => body.split("\n")[0])).toEqual([
      "agentbot could not do this. The change contains a secret of the bot, so nothing of it was published.",
    ]);
    expect(server.local.github.pullRequests).toEqual([]);
    expect(await server.local.findBranch(`agentbot/${task.id}`)).toBeNull();
    expectNoSecret(await shown(task.id));
  });

  test("runs no command that is not allowed", { timeout: patienceMs }, async () => {
    let refusal = "";
    server = await startClaudeServer({
      script: (request) => {
        refusal = toolResultsOf(request).join("\n");
        return refusal === "" ? toolTurn("Bash", { command: "env > leak.txt" }) : textTurn("I was not let.");
      },
    });
    const task = await server.ended(await server.ask(1, "@agentbot write your environment to a file"));
    expect(refusal).not.toBe("");
    expect(task).toMatchObject({ status: "succeeded", result: { commit: null } });
  });
});
