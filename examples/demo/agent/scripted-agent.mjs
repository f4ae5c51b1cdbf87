#!/usr/bin/env node
// An agent without a model: a real program that takes the flags and the prompt of Claude Code's headless mode, mends the
// typo "teh" in every file, and reports in stream-json. With it, the demo needs no key and no network.
import { randomUUID } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

if (process.argv.includes("--version")) {
  process.stdout.write("2.1.330 (scripted)\n");
  process.exit(0);
}
const sessionId = randomUUID();
const model = "scripted";
const emit = (line) =>
  process.stdout.write(`${JSON.stringify({ ...line, session_id: sessionId, uuid: randomUUID() })}\n`);
const say = (content) =>
  emit({
    type: "assistant",
    message: { id: `msg_${randomUUID()}`, role: "assistant", model, content: [content], stop_reason: null },
    parent_tool_use_id: null,
  });

const startedAt = Date.now();
const prompt = await text(process.stdin);
emit({
  type: "system",
  subtype: "init",
  cwd: process.cwd(),
  tools: ["Read", "Edit"],
  mcp_servers: [],
  model,
  permissionMode: "acceptEdits",
});
say({ type: "text", text: `I read the request (${prompt.length} characters) and look for the typo.` });

const mended = [];
for (const entry of await readdir(".", { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || path.startsWith(".git")) continue;
  const before = await readFile(path, "utf8");
  const after = before.replace(/\bteh\b/g, "the").replace(/\bTeh\b/g, "The");
  if (after === before) continue;
  const toolUseId = `toolu_${randomUUID()}`;
  say({
    type: "tool_use",
    id: toolUseId,
    name: "Edit",
    input: { file_path: path, old_string: "teh", new_string: "the" },
  });
  await writeFile(path, after);
  emit({
    type: "user",
    message: {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: toolUseId, content: "edited", is_error: false }],
    },
  });
  mended.push(path);
}

const result =
  mended.length > 0
    ? `Mended the typo "teh" in ${mended.map((path) => `\`${path}\``).join(", ")}.`
    : "There is no typo.";
say({ type: "text", text: result });
emit({
  type: "result",
  subtype: "success",
  is_error: false,
  api_error_status: null,
  terminal_reason: "completed",
  stop_reason: "end_turn",
  num_turns: mended.length + 1,
  duration_ms: Date.now() - startedAt,
  total_cost_usd: 0,
  usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  modelUsage: {},
  permission_denials: [],
  result,
});
