import { capText } from "@agentbot/core/adapter";
import { maxCommentLength } from "@agentbot/core/markdown";

/** A status comment's text as GitHub stores it: at most 65,536 characters, and with its marker, which finds it again. */
export function fitStatusBody(body: string, marker: string): string {
  if (body.includes(marker) && body.length <= maxCommentLength) return body;
  const text = body.replaceAll(marker, "").trimEnd();
  return `${capText(text, maxCommentLength - marker.length - 2)}\n\n${marker}`;
}
