import type { AgentEvent } from "@agentbot/core";
import type { CleanText } from "../clean-text.js";
import { type ContentBlock, maxBlocks, textBlockSchema } from "./line-schemas.js";
import type { ClaudeLine } from "./parse-line.js";

/** More than the worker keeps of a text: it removes secrets first, and a cut before that would hide a part of one from it. */
const maxTextBytes = 32_768;

/** Returns the events of a line; most lines are one event or none. */
export function eventsOfLine(parsed: ClaudeLine, clean: CleanText): readonly AgentEvent[] {
  switch (parsed.kind) {
    case "init": {
      const { model, tools, mcp_servers, permissionMode, claude_code_version: version } = parsed.line;
      const mcpServers = (mcp_servers ?? []).map(({ name, status }) => ({ name, status }));
      return [{ type: "agent:started", data: { model, tools: tools.length, mcpServers, permissionMode, version } }];
    }
    case "retry": {
      const { attempt, max_retries, retry_delay_ms, error_status, error } = parsed.line;
      return [
        {
          type: "agent:retrying",
          data: { attempt, maxAttempts: max_retries, delayMs: retry_delay_ms, status: error_status, error },
        },
      ];
    }
    case "assistant":
    case "user":
      return parsed.line.message.content.flatMap((block) => eventsOfBlock(parsed.kind, block, clean));
    default:
      return [];
  }
}

function eventsOfBlock(speaker: "assistant" | "user", block: ContentBlock, clean: CleanText): readonly AgentEvent[] {
  if (speaker === "assistant" && block.type === "text") {
    return [{ type: "agent:message", data: { text: clean(block.text, maxTextBytes) } }];
  }
  if (speaker === "assistant" && block.type === "tool_use") {
    const input = clean(jsonOf(block.input), maxTextBytes);
    return [{ type: "agent:tool-called", data: { tool: clean(block.name, 200), input } }];
  }
  if (speaker === "user" && block.type === "tool_result") {
    const text = clean(textOfToolResult(block.content), maxTextBytes);
    return [{ type: "agent:tool-returned", data: { isError: block.is_error === true, text } }];
  }
  return [];
}

/** Returns the text of a tool's result; a block that is not text is named. */
function textOfToolResult(content: string | readonly unknown[] | null | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).slice(0, maxBlocks).map(textOfBlock).join("\n");
}

function textOfBlock(block: unknown): string {
  const text = textBlockSchema.safeParse(block);
  return text.success ? text.data.text : `[${String(Object(block).type ?? "unknown").slice(0, 40)}]`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    // A value can be nested too deeply for JSON.stringify although JSON.parse could read it.
    return "[unreadable]";
  }
}
