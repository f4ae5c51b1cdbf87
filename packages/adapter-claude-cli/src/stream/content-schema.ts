import { z } from "zod";

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const toolUseBlock = z.object({ type: z.literal("tool_use"), name: z.string(), input: z.unknown().optional() });
const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  is_error: z.boolean().nullish(),
  content: z.union([z.string(), z.array(z.unknown())]).nullish(),
});
const otherBlock = z.unknown().transform(() => ({ type: "other" as const }));

/** The content of a message: a list of blocks, or plain text, which is a list of one. Unknown blocks are tolerated. */
export const contentSchema = z
  .union([
    z.string().transform((text) => [{ type: "text" as const, text }]),
    z.array(z.union([textBlock, toolUseBlock, toolResultBlock, otherBlock])),
  ])
  .catch([]);

/** One block of a message. */
export type ContentBlock = z.output<typeof contentSchema>[number];

/** The text of a tool's result; what is no text is named. */
export function textOfToolResult(content: string | readonly unknown[] | null | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(textOfBlock).join("\n");
}

function textOfBlock(block: unknown): string {
  const text = textBlock.safeParse(block);
  return text.success ? text.data.text : `[${String(Object(block).type ?? "unknown").slice(0, 40)}]`;
}
