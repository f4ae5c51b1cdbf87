import { type CommandName, commandNames } from "../task/command.js";

/** The command an instruction consists of, or null. Case, punctuation and spaces around the word do not matter. */
export function parseCommand(instruction: string): CommandName | null {
  if (instruction.length > 100) return null;
  const word = /^[^\p{L}\p{N}]*([a-z]+)[^\p{L}\p{N}]*$/iu.exec(instruction)?.[1]?.toLowerCase();
  return commandNames.find((name) => name === word) ?? null;
}
